/** INV-S8 to S11 and S14: nothing is left standing, lost, out of sweep's sight, or unheard. */
import { isCancelled, outgoing } from './effects.ts';
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Withdrawal } from './rows.ts';
import { hasEnded } from './stages.ts';

const atRest = ({ audit, expectations }: Seen): Fault[] => [
  ...[...audit.withdrawals.values()].flatMap((one) => {
    const { id: subject, stage, heldFrom, failure } = one;
    if (hasEnded(one) || expectations.mayWait(subject)) return [];
    const mayReview = expectations.mayReview(subject) || expectations.exceptions.has(subject);
    if (stage === 'review' && mayReview) return [];
    const why = stage === 'review' ? ` from ${heldFrom}: ${failure?.code}` : '';
    return [{ subject, detail: `still ${stage}${why}` }];
  }),
  ...[...audit.transactions.values()].flatMap(({ id: subject, status }) =>
    status === 'PENDING' && !expectations.mayWait(subject)
      ? [{ subject, detail: 'still PENDING' }]
      : [],
  ),
];

export const comesToAnEnd: Invariant = {
  id: 'INV-S8',
  says: 'When all is quiet, everything has ended, or waits in REVIEW where no proof could be had.',
  quiescent: atRest,
  ghosts: atRest,
};

/** Whether there is such a thing. */
function isKnown({ audit }: Seen, id: string): boolean {
  const { withdrawals, transactions, wallets, deliveries } = audit;
  // Webhooks ring by endpoint and withdrawal.
  const isLane = [...deliveries.values()].some((one) => `${one.endpointId}#${one.sourceId}` === id);
  // The wallet's writer is rung for withdrawals by wallet and id, and for those that wait also by the time of their creation.
  const [walletId, withdrawalId = '', createdAt, ...more] = id.split('#');
  const named = withdrawals.get(withdrawalId);
  const isNamed =
    named?.walletId === walletId &&
    (createdAt === undefined || createdAt === String(named?.createdAt)) &&
    more.length === 0;
  return withdrawals.has(id) || transactions.has(id) || wallets.has(id) || isLane || isNamed;
}

function idsIn(body: string): readonly unknown[] | null {
  try {
    const { ids, DDBStreamBatchInfo }: { ids?: unknown; DDBStreamBatchInfo?: unknown } =
      JSON.parse(body);
    // What the relay gave up on says only where in the stream it was; INV-S8 and H4 say whether anybody misses it.
    if (DDBStreamBatchInfo !== undefined) return [];
    return Array.isArray(ids) ? ids : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A dead letter is a lost doorbell: harmless where sweep has rung again, so whatever it names must be at rest (INV-S8). */
const deadLetters = (seen: Seen): Fault[] =>
  seen.truth.deadLetters.flatMap(({ queue: subject, body }) => {
    const ids = idsIn(body);
    if (ids === null) return [{ subject, detail: `a dead letter that names nothing: ${body}` }];
    return ids
      .filter((id) => typeof id !== 'string' || !isKnown(seen, id))
      .map((id) => ({ subject, detail: `a dead letter for ${id}, which is not there` }));
  });

export const nothingLost: Invariant = {
  id: 'INV-S9',
  says: 'Every dead letter names things that exist; what it asked for was done without it.',
  quiescent: deadLetters,
  ghosts: deadLetters,
};

/** No wait in the product is longer than an hour and a quarter. */
const sightMs = 80 * 60_000;

const outOfSight = ({ audit, news }: Seen): Fault[] => {
  const { clockSkewMs = 0 } = audit.setup;
  const late = (dueAt: number | null, at: number): boolean =>
    dueAt === null || dueAt > at + sightMs + clockSkewMs;
  return news.commits.flatMap((commit) => [
    ...commit.withdrawals.flatMap(({ after }) => {
      if (after === null) return [];
      const { id: subject, stage, dueAt, isIndexed } = after;
      // What is in REVIEW stays in the list of all that is open.
      if (hasEnded(after) || stage === 'review')
        return dueAt !== null || (isIndexed && stage !== 'review')
          ? [{ subject, detail: `${stage}, and sweep looks at it for ever` }]
          : [];
      // Of a batch that was sent one is due for all, and the others are in the list of all that is open.
      const isLed = stage === 'broadcast' && after.batch !== null && dueAt === null;
      return isIndexed && (isLed || !late(dueAt, commit.at))
        ? []
        : [{ subject, detail: `${stage}, next looked at: ${dueAt ?? 'never'} (now ${commit.at})` }];
    }),
    ...commit.transactions.flatMap(({ after }) =>
      after?.status === 'PENDING' && !after.isIndexed
        ? [{ subject: after.id, detail: 'PENDING, and sweep never looks at it' }]
        : [],
    ),
    ...commit.deliveries.flatMap(({ after }) =>
      after !== null &&
      (after.status === 'PENDING' || after.status === 'PROCESSING') &&
      (!after.isIndexed || late(after.dueAt, commit.at))
        ? [{ subject: after.id, detail: `${after.status}, next looked at: ${after.dueAt}` }]
        : [],
    ),
  ]);
};

export const withinSight: Invariant = {
  id: 'INV-S10',
  says: 'Whatever has not ended is in the index that sweep looks at, and due within eighty minutes.',
  event: outOfSight,
  quiescent: outOfSight,
  ghosts: outOfSight,
};

/**
 * How long a withdrawal may stand in a stage before its timeline says why, in minutes. A step that is well takes a small part of it; the
 * rest is for calls that fail, of which nothing can be written down. A journal may stay pending until the brokerage's next
 * day, and a payout is taken up again when its authorization has run out: both is their usual course.
 */
const standsMax: Readonly<Record<string, number>> = {
  requested: 60,
  debiting: 30 * 60,
  reserved: 60,
  converting: 120,
  converted: 60,
  signed: 2 * 60,
  broadcast: 3 * 60,
  confirmed: 60,
  refunding: 30 * 60,
};

/** Since when it stands where it stands without a word: its move there, or nothing where the last line says what it waits for. */
function silentSince({ createdAt, history }: Withdrawal): number | null {
  const last = history.at(-1);
  return last === undefined || last.attempt !== null ? null : createdAt + last.since;
}

const standsSilent = ({ audit, truth }: Seen): Fault[] => {
  const now = truth.world.now();
  return [...audit.withdrawals.values()].flatMap((one) => {
    const most = standsMax[one.stage];
    const since = silentSince(one);
    if (most === undefined || since === null || now - since <= most * 60_000) return [];
    const minutes = Math.round((now - since) / 60_000);
    return [{ subject: one.id, detail: `${one.stage} for ${minutes} min, and nothing says why` }];
  });
};

export const waitsVisibly: Invariant = {
  id: 'INV-S11',
  says: 'No withdrawal stands in one stage longer than its table allows without a reason on its timeline.',
  event: standsSilent,
  quiescent: standsSilent,
  ghosts: standsSilent,
};

/** What a call that fails costs is a part of it, and so is a node that is away for a while. */
const heardMs = 2 * 3_600_000;

/** The chain has paid it, or never will, and it is under way as if nobody knew. */
const unheard = ({ audit, truth }: Seen): Fault[] => {
  const now = truth.world.now();
  return [...audit.withdrawals.values()].flatMap(({ id: subject, stage, network }): Fault[] => {
    const chain = truth.chains.find((one) => one.network === network);
    if (chain === undefined || (stage !== 'signed' && stage !== 'broadcast')) return [];
    const nonce = audit.authorizations.get(subject);
    const isPaid = outgoing(chain).some(
      ({ final, authorization }) => final && authorization?.toLowerCase() === nonce,
    );
    if (!isPaid && !isCancelled(chain, nonce, true)) return [];
    const since = audit.decidedSince.get(subject) ?? now;
    audit.decidedSince.set(subject, since);
    const minutes = Math.round((now - since) / 60_000);
    const what = isPaid ? 'paid' : 'decided';
    return now - since <= heardMs
      ? []
      : [{ subject, detail: `${stage}, and finally ${what} for ${minutes} min` }];
  });
};

export const verdictsHeard: Invariant = {
  id: 'INV-S14',
  says: 'What the chain has finally decided of a payout is acted on within two hours.',
  event: unheard,
  quiescent: unheard,
  ghosts: unheard,
};
