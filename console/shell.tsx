/** The frame around every view: where one can go, with which keys one looks, and whether the API answers. */
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { awaySince, basePath } from './api/call.ts';
import { refreshNow } from './api/poll.ts';
import { client, keys, may, operator } from './api/session.ts';
import { Flow } from './flow/view.tsx';
import { Keys } from './keys.tsx';
import { Make } from './make/view.tsx';
import { Controls } from './operations/controls.tsx';
import { Providers } from './operations/providers.tsx';
import { Queues } from './operations/queues.tsx';
import { Reconciled } from './operations/reconciliation.tsx';
import { TreasuryView } from './operations/treasury.tsx';
import { Welcome } from './sign-in.tsx';
import { now } from './ui/clock.ts';
import { Logo, MenuIcon, ThemeIcon } from './ui/logo.tsx';
import { Button, Empty, Head } from './ui/parts.tsx';
import { parts, place, to } from './ui/route.ts';
import { Wallets } from './wallets/view.tsx';
import { WalletView } from './wallets/wallet.tsx';
import { DeliveryView } from './webhooks/delivery.tsx';
import { EndpointView } from './webhooks/endpoint.tsx';
import { Webhooks } from './webhooks/view.tsx';
import { WithdrawalView } from './withdrawal/view.tsx';
import { relative } from './words/format.ts';

type Link = { at: string; name: string; seen: () => boolean };
const isOperator = (): boolean => operator.value !== null;
const links: readonly { title: string; links: readonly Link[] }[] = [
  {
    title: 'Money',
    links: [
      { at: '', name: 'Withdrawals', seen: () => may('withdrawals:read') || isOperator() },
      { at: 'wallets', name: 'Wallets', seen: () => may('wallets:read') },
      { at: 'webhooks', name: 'Webhooks', seen: () => may('webhooks:read') },
      { at: 'make', name: 'Make one', seen: () => may('withdrawals:write') },
    ],
  },
  {
    title: 'Operations',
    links: [
      { at: 'queues', name: 'Queues', seen: isOperator },
      { at: 'providers', name: 'Providers', seen: isOperator },
      { at: 'treasury', name: 'Treasury and gas', seen: isOperator },
      { at: 'controls', name: 'Switches', seen: isOperator },
      { at: 'reconciliation', name: 'Reconciliation', seen: isOperator },
    ],
  },
];

const menuIsOpen = signal(false);

/** Which link the present place belongs to. */
const linkOf = (at: string | undefined): string =>
  at === undefined || at === 'withdrawals' ? '' : at === 'deliveries' ? 'webhooks' : at;

function Nav() {
  const here = linkOf(parts.value[0]);
  return (
    <nav class={menuIsOpen.value ? 'open' : ''} id="menu" aria-label="Console">
      {links.map(({ title, links: those }) => {
        const seen = those.filter((one) => one.seen());
        return seen.length === 0 ? null : (
          <div key={title}>
            <h2>{title}</h2>
            <ul>
              {seen.map(({ at, name }) => (
                <li key={at}>
                  <a
                    href={at === '' ? '#/' : to(at)}
                    aria-current={here === at ? 'page' : undefined}
                  >
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <div>
        <h2>For programs</h2>
        <ul>
          <li>
            <a href={`${basePath}/docs`}>API reference</a>
          </li>
        </ul>
      </div>
    </nav>
  );
}

function View() {
  const [first, second] = parts.value;
  switch (first) {
    case undefined:
      return <Flow />;
    case 'withdrawals':
      return second === undefined ? <Flow /> : <WithdrawalView key={second} id={second} />;
    case 'wallets':
      return second === undefined ? <Wallets /> : <WalletView key={second} id={second} />;
    case 'webhooks':
      return second === undefined ? <Webhooks /> : <EndpointView key={second} id={second} />;
    case 'deliveries':
      return second === undefined ? <Webhooks /> : <DeliveryView key={second} id={second} />;
    case 'make':
      return <Make />;
    case 'queues':
      return <Queues />;
    case 'providers':
      return <Providers />;
    case 'treasury':
      return <TreasuryView />;
    case 'controls':
      return <Controls />;
    case 'reconciliation':
      return <Reconciled />;
    default:
      return (
        <>
          <Head title="There is nothing at this place." />
          <Empty title="The address has changed, or never was.">
            <a href="#/">Go to the withdrawals</a>
          </Empty>
        </>
      );
  }
}

/** Says that the API is away for as long as it is, above whatever the page still knows. */
function Away() {
  const since = awaySince.value;
  return (
    <div role="status">
      {since !== null && (
        <div class="away">
          <span>
            <strong>The API does not answer</strong> (since {relative(since, now.value)}). What you
            see is what it said last. It is asked again by itself.
          </span>
          <Button onClick={refreshNow}>Ask now</Button>
        </div>
      )}
    </div>
  );
}

/** Light, dark, or as the machine has it. It is forgotten with the page, like everything else. */
const themes = ['light dark', 'light', 'dark'] as const;
const themeNames = { 'light dark': 'Auto', light: 'Light', dark: 'Dark' } as const;
function Theme() {
  const theme = useSignal<(typeof themes)[number]>('light dark');
  return (
    <button
      type="button"
      class="button quiet"
      onClick={() => {
        const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'light dark';
        theme.value = next;
        document.documentElement.style.colorScheme = next;
      }}
      aria-label={`Colours: ${themeNames[theme.value]}. Change them.`}
    >
      <ThemeIcon />
      <span class="theme-name">{themeNames[theme.value]}</span>
    </button>
  );
}

export function Shell() {
  useEffect(() => {
    menuIsOpen.value = false;
  }, [place.value]);
  if (keys.value.length === 0) return <Welcome />;
  return (
    <div class="shell">
      <button
        type="button"
        class="button skip"
        onClick={() => document.getElementById('content')?.focus()}
      >
        Skip to the content
      </button>
      <header class="bar">
        <button
          type="button"
          class="button quiet menu"
          aria-expanded={menuIsOpen.value}
          aria-controls="menu"
          onClick={() => {
            menuIsOpen.value = !menuIsOpen.value;
          }}
        >
          <MenuIcon />
          <span class="hidden">Menu</span>
        </button>
        <a class="home" href="#/" aria-label="Drawbridge, withdrawals">
          <Logo />
        </a>
        <span class="spring" />
        <Theme />
        <Keys />
      </header>
      <Nav />
      <main id="content" tabIndex={-1}>
        <Away />
        <View key={`${client.value?.key} ${operator.value?.key}`} />
      </main>
    </div>
  );
}
