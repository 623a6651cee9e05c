/** INV-X1, X9, S3, S4: how a withdrawal ends, against what really happened to the money. */
import { isAtBrokerage, journalsOf } from './brokerage.ts';
import { outgoing } from './effects.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { Withdrawal } from './rows.ts';
import { hasEnded, isGivenBack } from './stages.ts';

/** The moves that were made since the last look. */
const moved = ({ news }: Seen): { from: string; to: Withdrawal }[] =>
  news.commits.flatMap((commit) =>
    commit.withdrawals.flatMap(({ before, after }) =>
      before !== null && after !== null && before.stage !== after.stage
        ? [{ from: before.stage, to: after }]
        : [],
    ),
  );

export const heldFirst: Invariant = always(
  'INV-X1',
  'Nothing is asked of the on-ramp, and nothing is signed, before the ledger holds the money for it.',
  ({ audit, news }) =>
    news.commits.flatMap((commit) => {
      const asked = [...commit.conversions, ...commit.attempts].flatMap(({ before, after }) =>
        before === null && after !== null ? [after.withdrawalId] : [],
      );
      return asked.flatMap((subject) => {
        const hold = audit.holds.get(subject);
        const detail = `asked for with a hold that is ${hold?.state ?? 'none'}`;
        return hold?.state === 'held' ? [] : [{ subject, detail }];
      });
    }),
);

function paidFaults({ audit, truth }: Seen, withdrawal: Withdrawal): Fault[] {
  const { id: subject, network, destination, payout, txHash, blockNumber, logIndex } = withdrawal;
  const chain = truth.chains.find((one) => one.network === network);
  const authorization = audit.authorizations.get(subject);
  const found = (chain === undefined ? [] : outgoing(chain)).find(
    (one) => one.authorization?.toLowerCase() === authorization,
  );
  const fault = (detail: string): Fault[] => [{ subject, detail }];
  if (found === undefined) return fault(`${withdrawal.stage}, but the chain has no such payment`);
  return [
    ...(found.final ? [] : fault(`${withdrawal.stage} by a payment that is not final`)),
    ...(found.to.toLowerCase() === destination.toLowerCase() && found.micros === payout
      ? []
      : fault(`paid ${found.micros} to ${found.to}, owed ${payout} to ${destination}`)),
    ...(found.txHash.toLowerCase() === txHash &&
    found.blockNumber === blockNumber &&
    found.logIndex === logIndex
      ? []
      : fault(`names ${txHash} (${blockNumber}/${logIndex}), was paid by ${found.txHash}`)),
  ];
}

const isPaid = ({ stage }: Withdrawal): boolean => stage === 'confirmed' || stage === 'settled';
const allPaid = (seen: Seen): Fault[] =>
  seen.withdrawals.filter(isPaid).flatMap((one) => paidFaults(seen, one));

export const paidInTruth: Invariant = always(
  'INV-X9',
  'confirmed and settled are said only of a payment that is final on chain, of the right amount to the right address by the right token.',
  allPaid,
);

/** Who is given back and was paid all the same. */
function paidAfterAll({ audit, truth, news, withdrawals, isWhole }: Seen): Fault[] {
  if (!isWhole && !news.changed.chains && withdrawals.length === 0) return [];
  return truth.chains.flatMap((chain) =>
    outgoing(chain).flatMap(({ authorization, txHash }) => {
      const key = `${chain.network} ${authorization?.toLowerCase()}`;
      const withdrawal = audit.withdrawals.get(audit.byAuthorization.get(key) ?? '');
      return withdrawal !== undefined && isGivenBack(withdrawal)
        ? [{ subject: withdrawal.id, detail: `${withdrawal.stage}, and paid in ${txHash}` }]
        : [];
    }),
  );
}

/** At the moment of the move: what the brokerage itself undoes meanwhile is not for a program to foresee. */
const givenBackNow = (seen: Seen): Fault[] =>
  moved(seen).flatMap(({ to }) => {
    if (!hasEnded(to) || !isGivenBack(to) || !isAtBrokerage(seen, to)) return [];
    const { net, tampered } = journalsOf(seen, to.id);
    const detail = `${to.stage} while the brokerage has ${net} cents of it`;
    return net === 0n || tampered.debit || tampered.return ? [] : [{ subject: to.id, detail }];
  });

const nothingKept = (seen: Seen): Fault[] =>
  seen.withdrawals.flatMap((withdrawal) => {
    const { id: subject, stage } = withdrawal;
    if (!hasEnded(withdrawal) || !isGivenBack(withdrawal)) return [];
    const { net } = journalsOf(seen, subject);
    const { exceptions } = seen.expectations;
    const excuse = exceptions.get(subject);
    const isExcused = excuse === 'return-undone' || excuse === 'debit-undone';
    const detail = `${stage}, and ${net} cents of it are with us`;
    return net === 0n || isExcused ? [] : [{ subject, detail }];
  });

export const givenBackNeverPaid: Invariant = {
  id: 'INV-S3',
  says: 'What is refunded, rejected or cancelled was never paid and never will be, and nothing of it stays with us.',
  event: (seen) => [...paidAfterAll(seen), ...givenBackNow(seen)],
  quiescent: (seen) => [...paidAfterAll(seen), ...givenBackNow(seen), ...nothingKept(seen)],
  ghosts: (seen) => [...paidAfterAll(seen), ...nothingKept(seen)],
};

/** The wallet is funded with the brokerage's cash only when it has really moved. */
const fundedNow = (seen: Seen): Fault[] =>
  moved(seen).flatMap(({ from, to }) => {
    if (from !== 'debiting' || (to.stage !== 'reserved' && to.stage !== 'refunding')) return [];
    const { net, tampered } = journalsOf(seen, to.id);
    const detail = `${to.stage} with ${net} of ${to.amount} cents taken`;
    return net === to.amount || tampered.debit ? [] : [{ subject: to.id, detail }];
  });

const charged = (seen: Seen): Fault[] =>
  seen.withdrawals.flatMap((withdrawal) => {
    const { id: subject, stage, amount } = withdrawal;
    if (stage !== 'settled') return [];
    const hold = seen.audit.holds.get(subject);
    const { net } = journalsOf(seen, subject);
    const isExcused = seen.expectations.exceptions.get(subject) === 'loss-after-payout';
    const owed = isAtBrokerage(seen, withdrawal) ? amount : 0n;
    return [
      ...(hold?.state === 'spent' && hold.amount === amount
        ? []
        : [{ subject, detail: `settled with a hold that is ${hold?.state ?? 'none'}` }]),
      ...(net === owed || isExcused
        ? []
        : [{ subject, detail: `settled, and the brokerage took ${net} of ${owed} cents` }]),
    ];
  });

export const completedIsCharged: Invariant = {
  id: 'INV-S4',
  says: 'What is settled was charged in full, in the ledger and at the brokerage; nothing is funded by cash that has not moved.',
  event: fundedNow,
  quiescent: (seen) => [...fundedNow(seen), ...charged(seen)],
  ghosts: charged,
};
