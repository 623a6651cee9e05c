/**
 * What is measured of withdrawals as they move. Each name is one of a fixed set (of stages and networks), because every name is
 * a metric that is paid for and looked at.
 */
import { decimals } from '../kernel/money.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

export type Measure = { name: string; unit: 'Count' | 'Milliseconds' | 'None'; value: number };

/** What there is to measure of a withdrawal that has just come into its stage. */
export function measuresOf(withdrawal: Withdrawal): Measure[] {
  const { stage, history, acceptedAt } = withdrawal;
  const came = history.findLastIndex((line) => line.stage !== stage);
  const at = history[came + 1]?.at ?? acceptedAt;
  const measures: Measure[] = [{ name: `withdrawal-${stage}`, unit: 'Count', value: 1 }];
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
  return measures;
}

/** The amount in the asset's major unit: a metric is a picture, and no account of money. */
const paidBy = ({ asset, network, payout }: Withdrawal & { stage: 'settled' }): Measure => ({
  name: `paid-${asset}-${network}`,
  unit: 'None',
  value: Number(payout) / 10 ** decimals[asset],
});
