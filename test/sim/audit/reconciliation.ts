/** INV-R1: reconciliation names nothing that the outside world has not really done, whenever it looks. */
import { journalsOf } from './brokerage.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import { isConsuming } from './on-ramp.ts';
import type { Report } from './rows.ts';
import { doubled } from './wires.ts';

type Difference = Report['differences'][number];

/** Whether the truth has what this difference is about. */
function isSo(seen: Seen, { kind, what, withdrawalId = '' }: Difference): boolean {
  const { audit, truth } = seen;
  const wires = truth.brokerage.wires.filter(
    ({ id, memo }) =>
      id === what || memo === what || audit.wires.get(memo)?.withdrawalId === withdrawalId,
  );
  switch (kind) {
    case 'wire-twice':
      return doubled(seen).has(what);
    case 'wire-unknown':
      // One whose answer was lost, and that is shown under other words, nobody can tell from a stranger's.
      return wires.some(
        ({ memo, shownMemo = memo }) => !audit.wires.has(memo) || shownMemo !== memo,
      );
    case 'wire-missing':
      return wires.some(({ memo, shownMemo = memo }) => shownMemo !== memo);
    case 'wire-state':
      return wires.some(({ arrived }) => !arrived);
    case 'journal-twice':
    case 'journal-differs':
    case 'journal-missing':
    case 'journal-state': {
      const { tampered } = journalsOf(seen, withdrawalId);
      return tampered.debit || tampered.return;
    }
    case 'transfer-unclaimed': {
      const transfer = truth.onRamp.transfers.find(({ id }) => id === what);
      const wire = truth.brokerage.wires.find(({ id }) => id === transfer?.wireId);
      const isShort = wire !== undefined && wire.cents !== transfer?.sourceCents;
      return isShort || isBesideDoubled(seen, what) || isForNobody(seen, what);
    }
    case 'unknown-payout':
    case 'wrong-payout':
    case 'unrecorded-payout':
      // Somebody has paid with a treasury's key: that is nobody's payout, whoever's nonce it has used.
      return truth.chains.some(({ foreign = [] }) =>
        foreign.some(({ hash }) => what.includes(hash)),
      );
    default:
      return false;
  }
}

/**
 * Dollars came twice, and this transfer is of one of those wires or of one that is like them: deposits that are alike stand for one
 * another, so that any of them is the one that is left over.
 */
function isBesideDoubled(seen: Seen, id: string): boolean {
  const { transfers } = seen.truth.onRamp;
  const transfer = transfers.find((one) => one.id === id);
  const memos = doubled(seen);
  const memoOf = new Map(seen.truth.brokerage.wires.map((wire) => [wire.id, wire.memo]));
  return transfers.some(
    ({ wireId, sourceCents }) =>
      sourceCents === transfer?.sourceCents && memos.has(memoOf.get(wireId ?? '') ?? ''),
  );
}

/**
 * The on-ramp converted dollars for a withdrawal whose money was given back before its answer came: nobody has claimed the transfer,
 * and a person has to hear of it.
 */
function isForNobody({ audit, truth }: Seen, id: string): boolean {
  const transfer = truth.onRamp.transfers.find((one) => one.id === id);
  if (transfer === undefined || !isConsuming(transfer) || audit.claims.has(id)) return false;
  const asked = audit.byQuote.get(transfer.quoteToken)?.withdrawalId ?? '';
  const stage = audit.withdrawals.get(asked)?.stage ?? '';
  // One whose money the brokerage does not take back is a person's to decide.
  return ['refunding', 'refunded', 'cancelled', 'review'].includes(stage);
}

export const onlyWhatIsSo: Invariant = always(
  'INV-R1',
  'Reconciliation names only what the counterparties have really done: money that is under way, and a list that is behind, are no difference.',
  (seen) =>
    seen.news.commits.flatMap((commit) =>
      commit.reports.flatMap(({ after }): Fault[] =>
        (after?.differences ?? [])
          .filter((one) => !isSo(seen, one))
          .map(({ kind, what, withdrawalId, found }) => ({
            subject: withdrawalId ?? what,
            detail: `${kind} ${what}: ${found}`,
          })),
      ),
    ),
);
