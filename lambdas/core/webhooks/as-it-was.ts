/** A withdrawal as it was when it came into each of its stages: its timeline tells that, so no event is ever gone for good. */
import {
  type Converted,
  type Paid,
  type Stage,
  stages,
  type TimelineEvent,
  type Withdrawal,
} from '../withdrawal/withdrawal.ts';

/** Which facts a stage has, beyond those that every stage has. */
const facts: Partial<Record<Stage, readonly (keyof Converted | keyof Paid | 'failure')[]>> = {
  converted: ['payout', 'fee'],
  signed: ['payout', 'fee', 'txId'],
  broadcast: ['payout', 'fee', 'txId'],
  confirmed: ['payout', 'fee', 'txId', 'confirmations'],
  settled: ['payout', 'fee', 'txId', 'confirmations'],
  refunding: ['failure'],
  refunded: ['failure'],
  rejected: ['failure'],
  cancelled: ['failure'],
  review: ['payout', 'fee', 'txId', 'failure'],
};
const everyFact = new Set<string>(Object.values(facts).flat());

/**
 * The withdrawal at each wanted line of its timeline that clients are told of, in order. Facts that have changed since are as they are
 * now: the hash is that of the payout's latest transaction. Of a failure that it has come back from nothing is kept but
 * what its line says, and of a retry not its exact time.
 */
export function asItWas(
  withdrawal: Withdrawal,
  isWanted: (line: TimelineEvent, index: number) => boolean,
): Withdrawal[] {
  const { history } = withdrawal;
  return history.flatMap((line, index) => {
    if (!isWanted(line, index)) return [];
    const { stage, at, attempt } = line;
    const isRetry = attempt !== undefined;
    const isMove = history[index - 1]?.stage !== stage;
    if (!isRetry && (!isMove || stages[stage].event === null)) return [];
    const retriedAt = history[index + 1]?.at ?? withdrawal.nextAttemptAt ?? at;
    const lines = history.slice(0, index + 1);
    const isLast = history.slice(index + 1).every((line) => line.stage === stage);
    const known = Object.fromEntries(
      Object.entries(withdrawal).filter(
        ([name]) =>
          !everyFact.has(name) ||
          (facts[stage]?.some((fact) => fact === name) === true && (name !== 'failure' || isLast)),
      ),
    );
    return [
      {
        ...known,
        stage,
        history: lines,
        updatedAt: at,
        nextAttemptAt: isRetry ? retriedAt : null,
        // A wait is a line without a number, and counts as no retry.
        retryCount: lines.filter(({ attempt = 0 }) => attempt > 0).length,
      } as Withdrawal,
    ];
  });
}
