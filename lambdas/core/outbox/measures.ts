/** What is measured of withdrawals as they move, by stage and network. */
import { count, type Measure } from '../kernel/measure.ts';
import { decimals } from '../kernel/money.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import type { Failure, Withdrawal } from '../withdrawal/withdrawal.ts';

/** Failures that are the client's own doing: whoever asks for more than there is has been served as well as can be. */
const ofClients: ReadonlySet<Failure['code']> = new Set([
  'INSUFFICIENT_FUNDS',
  'CANCELLED_BY_CLIENT',
]);

/** What there is to measure of a withdrawal that has just come into its stage. */
export function measuresOf(withdrawal: Withdrawal): Measure[] {
  const { stage, history, acceptedAt } = withdrawal;
  const came = history.findLastIndex((line) => line.stage !== stage);
  const at = history[came + 1]?.at ?? acceptedAt;
  const measures: Measure[] = [count(`withdrawal-${stage}`, 1)];
  const before = history[came];
  if (before !== undefined) {
    const first = history.findLastIndex(
      (line, index) => index < came && line.stage !== before.stage,
    );
    const since = history[first + 1]?.at ?? before.at;
    measures.push({ name: `time-in-${before.stage}`, unit: 'Milliseconds', value: at - since });
  }
  if (hasEnded(withdrawal))
    measures.push({ name: `time-to-${stage}`, unit: 'Milliseconds', value: at - acceptedAt });
  if (withdrawal.stage === 'settled') measures.push(paidBy(withdrawal));
  if (withdrawal.stage === 'refunded' || withdrawal.stage === 'rejected') {
    const { code } = withdrawal.failure;
    measures.push(count(`failed-${code}`, 1));
    if (!ofClients.has(code)) measures.push(count('failed', 1));
  }
  return measures;
}

/** The amount in the asset's major unit: a metric is a picture, and no account of money. */
const paidBy = ({ asset, network, payout }: Withdrawal & { stage: 'settled' }): Measure => ({
  name: `paid-${asset}-${network}`,
  unit: 'None',
  value: Number(payout) / 10 ** decimals[asset],
});
