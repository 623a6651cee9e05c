/** INV-X14, X15: dollars that are wired to the on-ramp: once for each demand, of its amount, and each in one conversion. */
import type { Fault, Invariant, Seen } from './invariant.ts';
import type { Wire } from './news.ts';
import { isConsuming } from './on-ramp.ts';
import { isGivenBack } from './stages.ts';

/** The wires with one memo whose cash has left and is not back. */
function standing({ truth }: Pick<Seen, 'truth'>): Map<string, Wire[]> {
  return Map.groupBy(
    truth.brokerage.wires.filter((one) => one.standing),
    ({ memo }) => memo,
  );
}

/** The wires of a memo that nobody asked for: one request was carried out twice on its way. No key could have told them apart. */
export function doubled(seen: Pick<Seen, 'truth'>): Map<string, Wire[]> {
  return new Map(
    [...standing(seen)].flatMap(([memo, wires]) => {
      const extra = wires.length > 1 ? wires.filter(({ again }) => again) : [];
      return extra.length > 0 ? [[memo, extra] as const] : [];
    }),
  );
}

/** Asked for again while the first stood. */
const sentTwice = (seen: Seen): Fault[] =>
  [...standing(seen)].flatMap(([memo, wires]) => {
    const subject = seen.audit.wires.get(memo)?.withdrawalId;
    const made = wires.filter(({ again }) => !again).map(({ id }) => id);
    return subject === undefined || made.length < 2
      ? []
      : [{ subject, detail: `wired ${made.length} times for ${memo}: ${made}` }];
  });

/** A withdrawal is wired for under another memo only when the dollars of the last are back. */
function twoMemos(seen: Seen): Fault[] {
  const { audit, truth } = seen;
  const back = new Set(
    truth.onRamp.transfers.flatMap((one) =>
      one.wireId !== null && !isConsuming(one) ? [one.wireId] : [],
    ),
  );
  const first = new Map<string, string>();
  return [...standing(seen)].flatMap(([memo, wires]): Fault[] => {
    const subject = audit.wires.get(memo)?.withdrawalId;
    if (subject === undefined || wires.every(({ id }) => back.has(id))) return [];
    const other = first.get(subject);
    first.set(subject, memo);
    return other === undefined ? [] : [{ subject, detail: `wired for ${other} and ${memo}` }];
  });
}

/** What was made is what was saved, and goes to the on-ramp. */
const unlikeSaved = ({ audit, truth, news }: Seen): Fault[] =>
  news.wires.flatMap(({ id, memo, cents, bankId, accountNumber }): Fault[] => {
    const saved = audit.wires.get(memo);
    // People wire from the firm's account as well.
    if (saved === undefined) return [];
    const { withdrawalId: subject } = saved;
    const owed = audit.withdrawals.get(subject)?.amount;
    const fault = (detail: string): Fault => ({ subject, detail: `${id} ${detail}` });
    return [
      ...(cents === saved.amount && cents === owed
        ? []
        : [fault(`is of ${cents}, not ${saved.amount} cents`)]),
      ...(bankId === saved.bankId && truth.onRamp.accountNumbers.includes(accountNumber)
        ? []
        : [fault(`goes to ${accountNumber}, which is not the on-ramp's`)]),
    ];
  });

const anyTime = (seen: Seen): Fault[] => {
  const { isWhole, news } = seen;
  const isTouched = isWhole || news.wires.length > 0 || news.changed.brokerage;
  return isTouched ? [...sentTwice(seen), ...twoMemos(seen), ...unlikeSaved(seen)] : [];
};

export const wiredOnce: Invariant = {
  id: 'INV-X14',
  says: 'The dollars of a withdrawal are wired to the on-ramp at most once for each demand, in full, and under another memo only when those of the last are back.',
  event: anyTime,
  quiescent: anyTime,
  ghosts: anyTime,
};

/** Each wire has arrived, each arrival is in one transfer, and each such transfer is one withdrawal's. */
function placed(seen: Seen): Fault[] {
  const { audit, truth } = seen;
  const wires = new Map(truth.brokerage.wires.map((one) => [one.id, one]));
  const extra = new Set([...doubled(seen).values()].flat().map(({ id }) => id));
  const short = new Set(
    truth.onRamp.arrivals.flatMap(({ wireId, cents }) =>
      cents === wires.get(wireId)?.cents ? [] : [wireId],
    ),
  );
  const doubledMemos = new Set(doubled(seen).keys());
  const ours = truth.brokerage.wires.filter(({ memo }) => audit.wires.has(memo));
  const under = ours
    .filter((one) => one.standing && !one.arrived)
    .map(({ id, memo }) => ({ subject: id, detail: `still under way for ${memo}` }));
  const nobodys = truth.onRamp.arrivals
    .filter(({ transferId, memo }) => transferId === null && audit.wires.has(memo))
    .filter(({ wireId, memo }) => !short.has(wireId) && !doubledMemos.has(memo))
    .map(({ wireId, memo }) => ({
      subject: wireId,
      detail: `arrived for ${memo}, and is nobody's`,
    }));
  // Deposits of one amount are alike: as many may be left over as were given up while their dollars were under way.
  const stock = new Map<bigint, number>();
  for (const { memo, cents, standing: stands, id } of ours) {
    const withdrawal = audit.withdrawals.get(audit.wires.get(memo)?.withdrawalId ?? '');
    if (withdrawal === undefined || !stands || short.has(id)) continue;
    const isLeft = isGivenBack(withdrawal) || withdrawal.stage === 'review' || extra.has(id);
    if (isLeft) stock.set(cents, (stock.get(cents) ?? 0) + 1);
  }
  const unclaimed = truth.onRamp.transfers.filter(
    (one) => one.wireId !== null && isConsuming(one) && !audit.claims.has(one.id),
  );
  const left = unclaimed.flatMap(({ id, wireId, sourceCents }): Fault[] => {
    if (short.has(wireId ?? '')) return [];
    const most = stock.get(sourceCents) ?? 0;
    stock.set(sourceCents, most - 1);
    return most > 0 ? [] : [{ subject: id, detail: `${sourceCents} cents, and nobody claims it` }];
  });
  return [...under, ...nobodys, ...left];
}

/** By each withdrawal: what was wired for it stands while it is paid for by wire, and not when it was given back as refused. */
const booked = (seen: Seen): Fault[] => {
  const { audit, truth, withdrawals } = seen;
  const wired = standing(seen);
  const memosOf = Map.groupBy(audit.wires.values(), ({ withdrawalId }) => withdrawalId);
  const byWire = new Map(truth.onRamp.transfers.map((one) => [one.wireId, one]));
  return withdrawals.flatMap((one): Fault[] => {
    const { id: subject, stage, failure } = one;
    const memos = memosOf.get(subject);
    if (memos === undefined) return [];
    const wires = memos.flatMap(({ memo }) => wired.get(memo) ?? []);
    const kept = wires.filter(({ id }) => {
      const transfer = byWire.get(id);
      return transfer === undefined || isConsuming(transfer);
    });
    if (stage === 'settled' && kept.length === 0)
      return [{ subject, detail: 'settled, and no dollars were wired for it' }];
    const isTakenBack = failure?.code === 'CANCELLED_BY_CLIENT' || stage === 'cancelled';
    if (isGivenBack(one) && !isTakenBack && kept.length > 0)
      return [{ subject, detail: `${stage} for ${failure?.code}, and ${kept[0]?.id} stands` }];
    return [];
  });
};

export const wiresAddUp: Invariant = {
  id: 'INV-X15',
  says: 'What was wired, what came to the on-ramp, what was converted and what is booked add up: each wire is in one conversion, and each conversion is one withdrawal’s, or stock of one that was given up.',
  quiescent: (seen) => [...placed(seen), ...booked(seen)],
  ghosts: (seen) => [...placed(seen), ...booked(seen)],
};
