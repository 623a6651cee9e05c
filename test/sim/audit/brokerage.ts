/** INV-X2, X3: the journals of a withdrawal at the brokerage: one each way, of its amount, under one key. */
import type { BrokerageTruth } from '../truth.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { Withdrawal } from './rows.ts';

export type Journal = BrokerageTruth['journals'][number];
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export type Journals = {
  debits: Journal[];
  returns: Journal[];
  /** What the brokerage has moved for it by now: taken less given back. */
  net: bigint;
  /** Whether the brokerage itself undid or corrected one of them. */
  tampered: { debit: boolean; return: boolean };
};

/** Ended by the brokerage after it had moved cash, or made by it in the place of another. */
const isTampered =
  ({ audit }: Seen) =>
  ({ id, key, moved }: Journal): boolean =>
    key === null || (audit.everMoved.has(id) && !moved);

export function journalsOf(seen: Seen, withdrawalId: string): Journals {
  const { journals, firm } = seen.truth.brokerage;
  const mine = journals.filter(({ description }) => description === withdrawalId);
  const debits = mine.filter(({ to }) => same(to, firm));
  const returns = mine.filter(({ from }) => same(from, firm));
  const sum = (of: Journal[]): bigint =>
    of.reduce((cents, one) => cents + (one.moved ? one.cents : 0n), 0n);
  const tampered = isTampered(seen);
  return {
    debits,
    returns,
    net: sum(debits) - sum(returns),
    tampered: { debit: debits.some(tampered), return: returns.some(tampered) },
  };
}

export const isAtBrokerage = ({ audit }: Seen, { walletId }: Withdrawal): boolean =>
  (audit.wallets.get(walletId)?.account ?? null) !== null;

function movedFaults(seen: Seen, withdrawal: Withdrawal): Fault[] {
  const { id: subject, amount } = withdrawal;
  const { debits, returns, net, tampered } = journalsOf(seen, subject);
  if (debits.length + returns.length === 0) return [];
  const fault = (detail: string): Fault[] => [{ subject, detail }];
  const moved = (of: Journal[]): Journal[] => of.filter((one) => one.moved);
  const ids = (of: Journal[]): string => of.map(({ id }) => id).join(', ');
  const clean = !tampered.debit && !tampered.return;
  return [
    ...(isAtBrokerage(seen, withdrawal) ? [] : fault('journals for a wallet that is not there')),
    ...(moved(debits).length > 1 ? fault(`taken by ${ids(moved(debits))}`) : []),
    ...(moved(returns).length > 1 ? fault(`given back by ${ids(moved(returns))}`) : []),
    ...(clean && net !== 0n && net !== amount ? fault(`${net} of ${amount} cents moved`) : []),
    ...[...debits, ...returns]
      .filter(({ key, cents }) => key !== null && cents !== amount)
      .flatMap(({ id, cents }) => fault(`${id} is of ${cents}, not ${amount}`)),
  ];
}

/** By accounts and amount alone: no more journals that moved cash than withdrawals that asked for one. */
function byMultiset({ audit, truth }: Seen): Fault[] {
  const { journals, firm } = truth.brokerage;
  const asked = new Map<string, number>();
  const moved = new Map<string, number>();
  const count = (in_: Map<string, number>, key: string): void => {
    in_.set(key, (in_.get(key) ?? 0) + 1);
  };
  for (const { withdrawalId, purpose } of audit.journals.values()) {
    const withdrawal = audit.withdrawals.get(withdrawalId);
    const account = audit.wallets.get(withdrawal?.walletId ?? '')?.account ?? null;
    if (withdrawal === undefined || account === null) continue;
    const { amount } = withdrawal;
    if (purpose === 'debit') count(asked, `${account} → firm ${amount}`);
    else count(asked, `firm → ${account} ${amount}`);
  }
  const customers = new Set([...audit.wallets.values()].flatMap(({ account }) => account ?? []));
  for (const { from, to, cents, key, moved: isMoved } of journals) {
    if (!isMoved || key === null) continue;
    const [payer, payee] = [from.toLowerCase(), to.toLowerCase()];
    if (same(to, firm) && customers.has(payer)) count(moved, `${payer} → firm ${cents}`);
    if (same(from, firm) && customers.has(payee)) count(moved, `firm → ${payee} ${cents}`);
  }
  return [...moved].flatMap(([subject, times]) => {
    const most = asked.get(subject) ?? 0;
    return times > most ? [{ subject, detail: `${times} journals for ${most} withdrawals` }] : [];
  });
}

export const movedOnce: Invariant = always(
  'INV-X2',
  'The brokerage moves the cash of a withdrawal at most once each way, and all of it: by description, and by the multiset of journals.',
  (seen) =>
    !seen.isWhole &&
    !seen.news.changed.brokerage &&
    seen.news.commits.every(({ journals }) => journals.length === 0)
      ? []
      : [
          ...[...seen.audit.withdrawals.values()].flatMap((one) => movedFaults(seen, one)),
          ...byMultiset(seen),
        ],
);

/** `"100.00"` is 10000. */
const centsOf = (decimal: unknown): bigint | null =>
  typeof decimal === 'string' && /^\d+\.\d{2}$/.test(decimal)
    ? BigInt(decimal.replace('.', ''))
    : null;

export const oneKey: Invariant = always(
  'INV-X3',
  'The brokerage sees one key and one body for each direction of a withdrawal, both saved before they were sent, and about what it owes.',
  (seen) => {
    const { audit, news, truth } = seen;
    return news.journalRequests.flatMap(({ key, body, afterWrites }): Fault[] => {
      if (key === null)
        return [{ subject: 'brokerage', detail: `a journal without a key: ${body}` }];
      const saved = audit.byJournalKey.get(key);
      if (saved === undefined || saved.index >= (afterWrites ?? Number.MAX_SAFE_INTEGER))
        return [{ subject: key, detail: 'asked for before it was saved' }];
      const { withdrawalId: subject, purpose } = saved;
      const fault = (detail: string): Fault[] => [{ subject, detail: `${purpose}: ${detail}` }];
      const withdrawal = audit.withdrawals.get(subject);
      const account = audit.wallets.get(withdrawal?.walletId ?? '')?.account;
      const asked: Record<string, unknown> = JSON.parse(body);
      const way = `${subject} ${purpose}`;
      const firstKey = audit.journalKeys.get(way) ?? key;
      audit.journalKeys.set(way, firstKey);
      const firstBody = audit.bodies.get(`journal ${key}`) ?? body;
      audit.bodies.set(`journal ${key}`, firstBody);
      const [from, to] =
        purpose === 'debit' ? [account, truth.brokerage.firm] : [truth.brokerage.firm, account];
      const is = (name: string, value: string | null | undefined): boolean =>
        value != null && String(asked[name]).toLowerCase() === value.toLowerCase();
      return [
        ...(firstKey === key ? [] : fault(`a second key ${key}`)),
        ...(firstBody === body && saved.bytes === body ? [] : fault(`another body: ${body}`)),
        ...(is('from_account', from) && is('to_account', to) && is('description', subject)
          ? []
          : fault(`about something else: ${body}`)),
        ...(centsOf(asked['amount']) === withdrawal?.amount ? [] : fault(`of ${asked['amount']}`)),
      ];
    });
  },
);
