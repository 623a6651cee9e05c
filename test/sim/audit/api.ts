/** INV-I1, I4, V1: what clients were promised. */
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';

export const oneForEachKey: Invariant = always(
  'INV-I1',
  'A tenant has at most one withdrawal under one idempotency key.',
  ({ audit, news, isWhole }) => {
    const isNew = news.commits.some((one) => one.withdrawals.some(({ before }) => before === null));
    if (!isWhole && !isNew) return [];
    const first = new Map<string, string>();
    return [...audit.withdrawals.values()].flatMap(({ id: subject, tenant, idempotencyKey }) => {
      const key = JSON.stringify([tenant, idempotencyKey]);
      const other = first.get(key);
      first.set(key, subject);
      return other === undefined
        ? []
        : [{ subject, detail: `${other} has the key ${idempotencyKey} of ${tenant}, too` }];
    });
  },
);

const lost = ({ audit, expectations }: Seen): Fault[] =>
  expectations.accepted.flatMap((accepted): Fault[] => {
    const { id: subject } = accepted;
    const kept = audit.withdrawals.get(subject) ?? audit.transactions.get(subject);
    if (kept === undefined) return [{ subject, detail: 'accepted, and not there' }];
    const wrong = (['tenant', 'walletId', 'amount', 'idempotencyKey', 'network'] as const).filter(
      (name) => accepted[name] !== undefined && accepted[name] !== Reflect.get(kept, name),
    );
    const destination = 'destination' in kept ? kept.destination.toLowerCase() : undefined;
    const elsewhere =
      accepted.destination !== undefined && accepted.destination.toLowerCase() !== destination;
    return [...wrong, ...(elsewhere ? ['destination'] : [])].map((name) => ({
      subject,
      detail: `accepted with another ${name} than it is kept with`,
    }));
  });

export const acceptedIsKept: Invariant = {
  id: 'INV-I4',
  says: 'What a client was told was accepted exists for ever, as it was asked for.',
  quiescent: lost,
  ghosts: lost,
};

const uncounted: ReadonlySet<string> = new Set(['rejected', 'refunded', 'cancelled']);

/** What counts on each day, added up from the withdrawals themselves. */
function totals({ audit }: Seen): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { tenant, walletId, currency, amount, countedOn, stage } of audit.withdrawals.values())
    if (countedOn !== null && !uncounted.has(stage))
      for (const whose of [walletId, `tenant:${tenant}`]) {
        const key = `${whose} ${countedOn} ${currency}`;
        sums.set(key, (sums.get(key) ?? 0n) + amount);
      }
  return sums;
}

export const withinLimits: Invariant = always(
  'INV-V1',
  'What a wallet and a tenant withdraw on one day stays within their limits, and the counters say what the withdrawals add up to.',
  (seen) => {
    const { audit, news, withdrawals } = seen;
    const { perWalletAndDay = {}, perTenantAndDay = {} } = audit.setup;
    const counted = news.commits.some(({ counters }) => counters.length > 0);
    if (withdrawals.length === 0 && !counted) return [];
    const sums = totals(seen);
    const limited = [...audit.withdrawals.values()].filter(({ currency, countedOn }) => {
      const limit = perWalletAndDay[currency] ?? perTenantAndDay[currency];
      return limit !== undefined && countedOn === null;
    });
    return [
      ...limited.map(({ id: subject }) => ({ subject, detail: 'counted on no day' })),
      ...[...sums].flatMap(([subject, sum]) => {
        const currency = subject.slice(subject.lastIndexOf(' ') + 1);
        const limits = subject.startsWith('tenant:') ? perTenantAndDay : perWalletAndDay;
        const most = limits[currency];
        return most !== undefined && sum > most
          ? [{ subject, detail: `${sum} of at most ${most}` }]
          : [];
      }),
      ...[...new Set([...audit.counters.keys(), ...sums.keys()])].flatMap((subject) => {
        const used = audit.counters.get(subject)?.used ?? 0n;
        const sum = sums.get(subject) ?? 0n;
        return used === sum ? [] : [{ subject, detail: `counted ${used}, they add up to ${sum}` }];
      }),
    ];
  },
);
