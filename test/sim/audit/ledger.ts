/** INV-L: the ledger of every wallet, added up again from its blocks. */
import type { Seen } from './invariant.ts';
import { always, type Fault, type Invariant } from './invariant.ts';
import { accountsOf } from './ledger-fold.ts';
import type { Changed, Commit } from './news.ts';
import type { Withdrawal } from './rows.ts';
import { holdsIn } from './stages.ts';
import { strayIn } from './tail.ts';

const steps = ({ news }: Seen) => news.commits.flatMap((commit) => commit.steps);

export const balanced: Invariant = always(
  'INV-L1',
  'Every entry moves a positive amount from one known account to another; every block has entries.',
  (seen) =>
    steps(seen).flatMap(({ block: { walletId, sequence, posted } }): Fault[] => {
      const subject = `${walletId} block ${sequence}`;
      const wrong = posted.filter(({ kind, amount }) => !accountsOf.has(kind) || amount <= 0n);
      return [
        ...(posted.length === 0 ? [{ subject, detail: 'it has no entries' }] : []),
        ...wrong.map(({ kind, amount }) => ({ subject, detail: `an entry ${kind} of ${amount}` })),
      ];
    }),
);

export const conserved: Invariant = always(
  'INV-L2',
  'What all wallets have is what came in less what went out, in each currency.',
  ({ audit }) =>
    [...new Set([...audit.inside.keys(), ...audit.flowed.keys()])].flatMap((currency) => {
      const inside = audit.inside.get(currency) ?? 0n;
      const flowed = audit.flowed.get(currency) ?? 0n;
      const detail = `the wallets have ${inside}, by their entries ${flowed}`;
      return inside === flowed ? [] : [{ subject: currency, detail }];
    }),
);

export const derived: Invariant = always(
  'INV-L3',
  'A stored balance is what its blocks add up to, and so are its version, its count of entries and its last hash.',
  ({ audit, news, isWhole }) => {
    const touched = isWhole
      ? [...audit.balances.keys(), ...audit.folds.keys()]
      : news.commits.flatMap((commit) => [
          ...commit.balances.flatMap(({ before, after }) => (after ?? before)?.walletId ?? []),
          ...commit.steps.map(({ block }) => block.walletId),
        ]);
    return [...new Set(touched)].flatMap((walletId) => {
      const fold = audit.folds.get(walletId);
      const stored = audit.balances.get(walletId);
      if (stored === undefined) return [{ subject: walletId, detail: 'blocks without a balance' }];
      const { available = 0n, held = 0n, blocks = 0, entries = 0, lastHash } = fold ?? {};
      const same =
        stored.available === available &&
        stored.held === held &&
        stored.version === blocks &&
        stored.entries === entries &&
        (lastHash === undefined ? /^0+$/.test(stored.lastHash) : stored.lastHash === lastHash);
      const detail = `stored ${stored.available}/${stored.held} at version ${stored.version}, ${stored.entries} entries; its blocks say ${available}/${held}, ${blocks}, ${entries}`;
      return same ? [] : [{ subject: walletId, detail }];
    });
  },
);

export const notNegative: Invariant = always(
  'INV-L4',
  'Neither account of a wallet is ever below zero, and what is held is what its open holds add up to.',
  (seen) => {
    const { audit } = seen;
    return steps(seen).flatMap(({ block: { walletId, sequence }, after }) => {
      const subject = `${walletId} block ${sequence}`;
      let open = 0n;
      for (const hold of audit.holds.values()) if (hold.walletId === walletId) open += hold.open;
      const negative = after.available < 0n || after.held < 0n;
      const isLast = audit.folds.get(walletId) === after;
      return [
        ...(negative ? [{ subject, detail: `${after.available} and ${after.held} held` }] : []),
        ...(isLast && open !== after.held
          ? [{ subject, detail: `${after.held} is held, open holds are ${open}` }]
          : []),
      ];
    });
  },
);

/** What a move of a withdrawal enters into the ledger, in order; `null`: such a move enters nothing. */
function calledFor(move: Changed<Withdrawal>, atBrokerage: boolean): readonly string[] {
  const { before, after } = move;
  if (before === null || after === null || before.stage === after.stage) return [];
  const at = `${before.stage} ${after.stage}`;
  switch (at) {
    case 'requested reserved':
      return ['HOLD'];
    case 'debiting reserved':
    case 'debiting refunding':
      return ['FUND', 'HOLD'];
    case 'confirmed settled':
      return after.fee === 0n ? ['PAYOUT'] : ['PAYOUT', 'FEE'];
    case 'refunding refunded':
    case 'refunding cancelled':
      return atBrokerage ? ['RELEASE', 'RETURN'] : ['RELEASE'];
    default:
      return [];
  }
}

/** The entries that the transaction must have for this source, as text; nothing more and nothing less. */
function entriesFor(seen: Seen, move: Changed<Withdrawal>): string[] {
  const { after } = move;
  if (after === null) return [];
  const { amount, walletId } = after;
  const atBrokerage = (seen.audit.wallets.get(walletId)?.account ?? null) !== null;
  const fee = after.fee ?? 0n;
  return calledFor(move, atBrokerage).map((kind) => {
    const sum = kind === 'PAYOUT' ? amount - fee : kind === 'FEE' ? fee : amount;
    return `${kind} ${sum} in ${walletId}`;
  });
}

const postedFor = (commit: Commit): Map<string, string[]> => {
  const posted = new Map<string, string[]>();
  for (const { block } of commit.steps)
    for (const { kind, amount, sourceId } of block.posted)
      posted.set(sourceId, [
        ...(posted.get(sourceId) ?? []),
        `${kind} ${amount} in ${block.walletId}`,
      ]);
  return posted;
};

export const lifecycle: Invariant = always(
  'INV-L5',
  'A hold is made once, then spent or released once, whole; and entries are made with the move that they stand for, in its transaction.',
  (seen) =>
    seen.news.commits.flatMap((commit) => {
      const posted = postedFor(commit);
      const outOfTurn = commit.steps.flatMap(({ block, outOfTurn: wrong }) =>
        wrong.map((detail) => ({ subject: `${block.walletId} block ${block.sequence}`, detail })),
      );
      const expected = new Map<string, string[]>();
      for (const move of commit.withdrawals) {
        const entries = entriesFor(seen, move);
        if (move.after !== null && entries.length > 0) expected.set(move.after.id, entries);
      }
      for (const { before, after } of commit.transactions)
        if (before?.status === 'PENDING' && after?.status === 'PROCESSED')
          expected.set(after.id, [`${after.type} ${after.amount} in ${after.walletId}`]);
      const sources = new Set([...posted.keys(), ...expected.keys()]);
      const unlike = [...sources].flatMap((subject) => {
        const is = (posted.get(subject) ?? []).join(', ');
        const should = (expected.get(subject) ?? []).join(', ');
        const detail = `entered: ${is || 'nothing'}; its move calls for: ${should || 'nothing'}`;
        return is === should ? [] : [{ subject, detail }];
      });
      return [...outOfTurn, ...unlike];
    }),
);

export const chained: Invariant = always(
  'INV-L6',
  'Blocks are never changed or taken away; each follows the one before it, and its hash is that of what it says.',
  ({ news }) =>
    news.commits.flatMap((commit) => {
      const changed = commit.blocks.flatMap(({ before }) =>
        before === null
          ? []
          : [{ subject: `${before.walletId} block ${before.sequence}`, detail: 'it was changed' }],
      );
      const broken = commit.steps.flatMap(({ block, before, hash }) => {
        const subject = `${block.walletId} block ${block.sequence}`;
        const wrong = [
          ...(block.sequence === before.blocks + 1 ? [] : [`after block ${before.blocks}`]),
          ...(block.prevHash === before.lastHash ? [] : ['it does not name the block before it']),
          ...(block.hash === hash ? [] : ['its hash is not that of its entries']),
          ...(block.before === null ||
          (block.before.available === before.available &&
            block.before.held === before.held &&
            block.before.entries === before.entries)
            ? []
            : ['it says something else of the balance before it']),
        ];
        return wrong.map((detail) => ({ subject, detail }));
      });
      const stray = strayIn(commit).map(({ block, detail }) => {
        return { subject: `${block.walletId} block ${block.sequence}`, detail };
      });
      return [...changed, ...broken, ...stray];
    }),
);

/** One cent at par, in millionths. */
const microsPerCent = 10_000n;

export const amounts: Invariant = always(
  'INV-L7',
  'Amounts are whole numbers as DynamoDB keeps them; payout and fee are parts of the amount, and never change once something is signed.',
  ({ news }) => [
    ...news.unreadable,
    ...news.commits.flatMap((commit) =>
      commit.withdrawals.flatMap(({ before, after }): Fault[] => {
        if (after === null) return [];
        const { id: subject, amount, payout, fee, currency, asset } = after;
        const faults: Fault[] = [];
        if (amount <= 0n) faults.push({ subject, detail: `an amount of ${amount}` });
        if (payout !== null && fee !== null) {
          const most = currency === asset ? amount : amount * microsPerCent;
          // An on-ramp may pay a little above par, in the clients' favour; nothing else may.
          const ceiling = currency === asset ? most : (most * 102n) / 100n;
          if (payout <= 0n || payout > ceiling || fee >= amount)
            faults.push({ subject, detail: `pays ${payout} and ${fee} in fees out of ${amount}` });
          if (currency === asset && (payout !== amount || fee !== 0n))
            faults.push({ subject, detail: `pays ${payout} of ${amount} ${asset}` });
        }
        if (
          before !== null &&
          before.attempts > 0 &&
          (before.payout !== payout || before.fee !== fee)
        )
          faults.push({ subject, detail: `signed for ${before.payout}, now ${payout}` });
        return faults;
      }),
    ),
  ],
);

export const noOrphanHold: Invariant = always(
  'INV-L8',
  'Money is held for a withdrawal exactly while its stage says so: never for one that has ended.',
  ({ audit, news, withdrawals }) => {
    const sources = news.commits.flatMap((commit) =>
      commit.steps.flatMap(({ block }) => block.posted.map(({ sourceId }) => sourceId)),
    );
    const touched = sources.flatMap((id) => audit.withdrawals.get(id) ?? []);
    const orphans = sources.filter((id) => id.startsWith('wd_') && !audit.withdrawals.has(id));
    return [
      ...orphans.map((subject) => ({ subject, detail: 'entries of nobody' })),
      ...[...new Set([...withdrawals, ...touched])].flatMap((withdrawal) => {
        const { id: subject, amount, stage } = withdrawal;
        const open = audit.holds.get(subject)?.open ?? 0n;
        const should = holdsIn(withdrawal) ? amount : 0n;
        const detail = `${stage} with ${open} held`;
        return open === should ? [] : [{ subject, detail }];
      }),
    ];
  },
);
