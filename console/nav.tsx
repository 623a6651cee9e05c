/** The menu: where one can go with the present keys, and where something wants to be looked at. */
import { signal } from '@preact/signals';
import { basePath } from './api/call.ts';
import { may, operator, type Scope } from './api/session.ts';
import { alarms } from './operations/alarms.tsx';
import { parts, to } from './ui/route.ts';
import { count } from './words/format.ts';

type Link = { at: string; name: string; needs: Scope };
const links: readonly { title: string; links: readonly Link[] }[] = [
  {
    title: 'Money',
    links: [
      { at: '', name: 'Withdrawals', needs: 'withdrawals:read' },
      { at: 'wallets', name: 'Wallets', needs: 'wallets:read' },
      { at: 'webhooks', name: 'Webhooks', needs: 'webhooks:read' },
      { at: 'make', name: 'Make one', needs: 'withdrawals:write' },
    ],
  },
  {
    title: 'Operations',
    links: [
      { at: 'queues', name: 'Queues', needs: 'operations' },
      { at: 'providers', name: 'Providers', needs: 'operations' },
      { at: 'treasury', name: 'Treasury and gas', needs: 'operations' },
      { at: 'controls', name: 'Switches', needs: 'operations' },
      { at: 'reconciliation', name: 'Reconciliation', needs: 'operations' },
    ],
  },
];

export const menuIsOpen = signal(false);

/** Which link the present place belongs to. */
const linkOf = (at: string | undefined): string =>
  at === undefined || at === 'withdrawals' ? '' : at === 'deliveries' ? 'webhooks' : at;

/** Operators see withdrawals, too: those of all clients that have not ended. */
const isSeen = ({ at, needs }: Link): boolean =>
  may(needs) || (at === '' && operator.value !== null);

/** What the present keys lack for a place; `null`: nothing, or there is no such place. */
export function lacking(at: string | undefined): { name: string; needs: Scope } | null {
  const here = linkOf(at);
  const link = links.flatMap((group) => group.links).find((one) => one.at === here);
  return link === undefined || isSeen(link) ? null : link;
}

export function Nav() {
  const here = linkOf(parts.value[0]);
  return (
    <nav class={menuIsOpen.value ? 'open' : ''} id="menu" aria-label="Console">
      {links.map(({ title, links: those }) => {
        const seen = those.filter(isSeen);
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
                    <span>{name}</span>
                    <Alarms at={at} />
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

function Alarms({ at }: { at: string }) {
  const found = alarms.value.find((one) => one.at === at);
  return found === undefined ? null : (
    <span class="alarms" title={`${count(found.count)} ${found.what}`}>
      {count(found.count)}
      <span class="hidden"> {found.what}</span>
    </span>
  );
}

/** On a phone the menu is behind a button, and so is what its links say. */
export function AllAlarms() {
  const sum = alarms.value.reduce((so, one) => so + one.count, 0);
  return sum === 0 ? null : (
    <span class="alarms">
      {count(sum)}
      <span class="hidden"> to look at</span>
    </span>
  );
}
