/** INV-S1, S2, S5, S6, S7: how a withdrawal may move, and what a failure must be able to show for itself. */
import { paymentsIn } from '../truth.ts';
import { isCancelled } from './effects.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { Changed, Commit } from './news.ts';
import { isUnwound } from './on-ramp.ts';
import type { Line, Withdrawal } from './rows.ts';
import { causes, illegal, isGivenBack } from './stages.ts';

type Moved = { before: Withdrawal; after: Withdrawal; commit: Commit };
const changes = ({ news }: Seen): (Changed<Withdrawal> & { commit: Commit })[] =>
  news.commits.flatMap((commit) => commit.withdrawals.map((one) => ({ ...one, commit })));
const moves = (seen: Seen): Moved[] =>
  changes(seen).flatMap(({ before, after, commit }) =>
    before !== null && after !== null ? [{ before, after, commit }] : [],
  );
const atBrokerage = ({ audit }: Seen, { walletId }: Withdrawal): boolean =>
  (audit.wallets.get(walletId)?.account ?? null) !== null;

const sameLine = (a: Line, b: Line | undefined): boolean =>
  b !== undefined && a.stage === b.stage && a.since === b.since && a.attempt === b.attempt;

/** Of one that waits in one stage for ever anew, now for this and now for that, the timeline has twenty waits, and the last of them is that of now. */
const waitsMax = 20;
function takesPlace(before: readonly Line[], after: readonly Line[]): boolean {
  const [was, is] = [before.at(-1), after.at(-1)];
  if (was === undefined || is === undefined || before.length !== after.length) return false;
  const inStage = before.slice(before.findLastIndex(({ attempt }) => attempt === null) + 1);
  return (
    inStage.length >= waitsMax &&
    was.attempt === 0 &&
    is.attempt === 0 &&
    before.slice(0, -1).every((line, index) => sameLine(line, after[index]))
  );
}

/** What a client asked for, and who it was: for ever as it was first written. */
const fixed = [
  'id',
  'tenant',
  'walletId',
  'amount',
  'currency',
  'asset',
  'network',
  'destination',
  'idempotencyKey',
  'requestHash',
  'maxRetries',
  'createdAt',
] as const;

export const legalMoves: Invariant = always(
  'INV-S1',
  'A withdrawal moves along legal edges only, its version counts every write, each move has one line in its timeline, and what was asked for never changes.',
  (seen) =>
    changes(seen).flatMap(({ before, after }): Fault[] => {
      const subject = (after ?? before)?.id ?? '?';
      const fault = (detail: string): Fault => ({ subject, detail });
      if (after === null) return [fault('it was taken away')];
      const { history, stage, version } = after;
      const last = history.at(-1);
      if (before === null)
        return version === 1 && stage === 'requested' && history.length === 1
          ? []
          : [fault(`begins as ${stage} in version ${version}`)];
      const added = history.length - before.history.length;
      const moved = before.stage !== stage;
      const wrong = moved ? illegal(before, after, atBrokerage(seen, after)) : null;
      return [
        ...(version === before.version + 1
          ? []
          : [fault(`version ${before.version} → ${version}`)]),
        ...(wrong === null ? [] : [fault(wrong)]),
        ...(before.history.every((line, index) => sameLine(line, history[index])) ||
        takesPlace(before.history, history)
          ? []
          : [fault('its timeline was rewritten')]),
        ...(added === (moved ? 1 : 0) || (!moved && added === 1)
          ? []
          : [fault(`${added} lines for one write`)]),
        ...(last?.stage === stage ? [] : [fault(`${stage}, but its timeline ends ${last?.stage}`)]),
        ...fixed
          .filter((name) => before[name] !== after[name])
          .map((name) => fault(`${name} was ${before[name]}, is ${after[name]}`)),
      ];
    }),
);

export const absorbing: Invariant = always(
  'INV-S2',
  'settled and cancelled never change; refunded and rejected change only when they are taken up again, for which nothing may ever have been signed.',
  (seen) =>
    moves(seen).flatMap(({ before, after }) => {
      const { id: subject, stage, failure, proof, takeUps } = before;
      const fault = (detail: string): Fault[] => [{ subject, detail }];
      if (stage === 'settled' || stage === 'cancelled') return fault(`${stage} was written again`);
      if (stage !== 'refunded' && stage !== 'rejected') return [];
      if (after.stage !== 'requested' || after.takeUps !== takeUps + 1)
        return fault(`${stage} was written again`);
      if (failure?.retryable !== true || proof?.proof === 'cancelled')
        return fault('taken up although its failure is for good');
      return (seen.audit.attempts.get(subject)?.length ?? 0) > 0
        ? fault('taken up although a payout was signed')
        : [];
    }),
);

/** What its proof says must be so, then and for ever. */
function proofFaults(seen: Seen, withdrawal: Withdrawal): Fault[] {
  const { audit, truth } = seen;
  const { id: subject, stage, proof, network } = withdrawal;
  const fault = (detail: string): Fault[] => [{ subject, detail }];
  const attempts = audit.attempts.get(subject)?.length ?? 0;
  const authorization = audit.authorizations.get(subject);
  const chain = truth.chains.find((one) => one.network === network);
  const needsProof = stage === 'refunding' || stage === 'refunded';
  if (!needsProof && !isGivenBack(withdrawal)) return [];
  if (needsProof && proof === null) return fault(`${stage} without a proof`);
  switch (proof?.proof) {
    case undefined:
    case 'never-sent':
    case 'refused': {
      const received = chain?.received.some((one) =>
        paymentsIn(one).some((payment) => payment.authorization === authorization),
      );
      return [
        ...(attempts > 0 ? fault(`never signed, it says, but it has ${attempts} attempts`) : []),
        ...(received === true ? fault('never signed, it says, but a node was handed it') : []),
        ...(proof?.proof === 'refused' && !isUnwound(seen, subject)
          ? fault('the on-ramp refused it, it says, but has the dollars')
          : []),
      ];
    }
    case 'cancelled': {
      const isCanceled = chain !== undefined && isCancelled(chain, authorization, true);
      return isCanceled ? [] : fault('cancelled on chain, it says, but not finally');
    }
    default:
      return fault(`${proof?.proof} is no proof`);
  }
}

export const provenFailure: Invariant = {
  id: 'INV-S5',
  says: 'What is given back carries a proof that it can never be paid; and the proof is true then and for ever.',
  event: (seen) => seen.withdrawals.flatMap((one) => proofFaults(seen, one)),
  quiescent: (seen) => seen.withdrawals.flatMap((one) => proofFaults(seen, one)),
  ghosts: (seen) => seen.withdrawals.flatMap((one) => proofFaults(seen, one)),
};

export const allowedCauses: Invariant = always(
  'INV-S6',
  'Nothing is given back or rejected for a cause that is no proof: a timeout, an outage, an unknown outcome.',
  ({ withdrawals }) =>
    withdrawals.flatMap(({ id: subject, stage, failure, proof }) => {
      const ground =
        stage === 'refunding' || stage === 'refunded'
          ? (proof?.proof ?? 'no proof')
          : stage === 'rejected'
            ? 'rejected'
            : stage === 'cancelled'
              ? (proof?.proof ?? 'cancelled before anything was taken')
              : null;
      if (ground === null) return [];
      const code = failure?.code ?? 'no failure';
      const detail = `${stage} for ${code}, on the ground of ${ground}`;
      return causes.get(ground)?.has(code) === true ? [] : [{ subject, detail }];
    }),
);

export const barrier: Invariant = always(
  'INV-S7',
  'Nothing is signed behind a closed barrier; it closes with the decision to give back, and opens again only for what was never signed.',
  (seen) => {
    const { audit, news } = seen;
    const signed = news.commits.flatMap((commit) =>
      commit.attempts.flatMap(({ before, after }) => {
        if (after === null || before !== null) return [];
        const { withdrawalId: subject, number } = after;
        const move = commit.withdrawals.find((one) => one.after?.id === subject);
        const barriers = [move?.before?.barrier, move?.after?.barrier];
        const detail = `attempt ${number} with the barrier ${barriers.join(' → ')}`;
        return barriers.every((one) => one === 'OPEN') ? [] : [{ subject, detail }];
      }),
    );
    const turned = changes(seen).flatMap(({ before, after }): Fault[] => {
      if (after === null) return [];
      const { id: subject, stage, barrier: now } = after;
      const was = before?.barrier ?? 'OPEN';
      const given = stage === 'refunding' || stage === 'refunded';
      if (given && now !== 'CLOSED') return [{ subject, detail: `${stage} with an open barrier` }];
      if (was === now) return [];
      const closes = now === 'CLOSED' && stage === 'refunding';
      const opens = now === 'OPEN' && before?.stage === 'refunded' && stage === 'requested';
      if (!closes && !opens) return [{ subject, detail: `barrier ${was} → ${now} as ${stage}` }];
      return opens && (audit.attempts.get(subject)?.length ?? 0) > 0
        ? [{ subject, detail: 'opened again after something was signed' }]
        : [];
    });
    return [...signed, ...turned];
  },
);
