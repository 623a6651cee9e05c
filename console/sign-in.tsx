/** What is seen without a key: what Drawbridge does, and the way in. */
import { useSignal } from '@preact/signals';
import { isLocal, keys, localKeys, signIn } from './api/session.ts';
import { Logo } from './ui/logo.tsx';
import { Button, Notice } from './ui/parts.tsx';

/** The way of the money, in the words of somebody who has never seen it. */
const way = [
  { title: 'A client asks', text: 'for 100 USD to be paid to an address on a blockchain.' },
  { title: 'The money is held', text: 'in the client’s wallet, in a double-entry ledger.' },
  { title: 'Dollars become USDC', text: 'at an on-ramp, if the wallet holds dollars.' },
  { title: 'The payout is sent', text: 'signed and saved first, so that it can happen once only.' },
  { title: 'The chain is final', text: 'the hold is spent, and the client is told by webhook.' },
];

export function SignIn({ onDone, title }: { onDone?: () => void; title?: string }) {
  const typed = useSignal('');
  const others = localKeys.filter(({ key }) => !keys.value.some((one) => one.key === key));
  const busy = useSignal<string | null>(null);
  const error = useSignal<string | null>(null);
  const enter = async (key: string): Promise<void> => {
    busy.value = key;
    error.value = await signIn(key);
    busy.value = null;
    if (error.value !== null) return;
    typed.value = '';
    onDone?.();
  };
  return (
    <div class="sign-in-form">
      {title !== undefined && <h2>{title}</h2>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(typed.value);
        }}
      >
        <label class="field" htmlFor="key">
          <span>API key</span>
          <input
            id="key"
            type="password"
            autoComplete="off"
            spellcheck={false}
            placeholder="dk_…"
            value={typed}
            aria-describedby="key-note"
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </label>
        <button
          type="submit"
          class="button main wide"
          disabled={busy.value !== null || typed.value.trim() === ''}
        >
          {busy.value !== null && busy.value === typed.value ? 'One moment …' : 'Sign in'}
        </button>
        <p class="note" id="key-note">
          The key stays in this page’s memory, is sent to this API only, and is gone when you close
          or reload the page.
        </p>
      </form>
      {error.value !== null && <Notice tone="bad">{error.value}</Notice>}
      {isLocal && others.length > 0 && (
        <div class="local-keys">
          <h3>This machine’s own keys</h3>
          <ul>
            {others.map(({ key, who, what }) => (
              <li key={key}>
                <Button
                  disabled={busy.value !== null}
                  busy={busy.value === key}
                  onClick={() => void enter(key)}
                >
                  <strong>{who}</strong>
                  <span>{what}</span>
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

export function Welcome() {
  return (
    <main class="welcome">
      <div class="welcome-what">
        <Logo />
        <h1>Drawbridge pays money out, exactly once.</h1>
        <p class="lead">
          It carries a withdrawal from a wallet or brokerage account to an address on a blockchain.
          Whatever fails on the way, it is never paid twice and never lost.
        </p>
        <ol class="how-it-works">
          {way.map(({ title, text }) => (
            <li key={title}>
              <strong>{title}</strong>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      </div>
      <div class="welcome-in">
        <SignIn title="Watch it move" />
      </div>
    </main>
  );
}
