/** The frame around every view: the menu, with which keys one looks, and whether the API answers. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { awaySince } from './api/call.ts';
import { refreshNow } from './api/poll.ts';
import { client, keys, operator } from './api/session.ts';
import { Flow } from './flow/view.tsx';
import { Keys } from './keys.tsx';
import { Make } from './make/view.tsx';
import { AllAlarms, lacking, menuIsOpen, Nav } from './nav.tsx';
import { HeldBack } from './operations/alarms.tsx';
import { Controls } from './operations/controls.tsx';
import { Providers } from './operations/providers.tsx';
import { Queues } from './operations/queues.tsx';
import { Reconciled } from './operations/reconciliation.tsx';
import { TreasuryView } from './operations/treasury.tsx';
import { Welcome } from './sign-in.tsx';
import { now } from './ui/clock.ts';
import { Logo, MenuIcon, ThemeIcon } from './ui/logo.tsx';
import { Button, Empty, Head } from './ui/parts.tsx';
import { parts, place } from './ui/route.ts';
import { Wallets } from './wallets/view.tsx';
import { WalletView } from './wallets/wallet.tsx';
import { DeliveryView } from './webhooks/delivery.tsx';
import { EndpointView } from './webhooks/endpoint.tsx';
import { Webhooks } from './webhooks/view.tsx';
import { WithdrawalView } from './withdrawal/view.tsx';
import { relative } from './words/format.ts';

function View() {
  const [first, second] = parts.value;
  const lacks = lacking(first);
  if (lacks !== null)
    return (
      <>
        <Head title={lacks.name} />
        <Empty
          title={
            lacks.needs === 'operations' ? 'This is for operators.' : 'These keys do not open this.'
          }
        >
          It needs a key with the scope {lacks.needs}. Give the page one with the button at the top
          right.
        </Empty>
      </>
    );
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
          <AllAlarms />
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
        <HeldBack />
        <View key={`${client.value?.key} ${operator.value?.key}`} />
      </main>
    </div>
  );
}
