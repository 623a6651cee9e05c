import { expect, test } from '@jest/globals';
import { measuresOf } from '../../lambdas/core/outbox/measures.ts';
import type { TimelineEvent, Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

const line = (stage: TimelineEvent['stage'], ms: number, attempt?: number): TimelineEvent => ({
  stage,
  at: at(ms),
  ...(attempt === undefined ? {} : { attempt }),
});
const withdrawal = (stage: Withdrawal['stage'], history: TimelineEvent[], facts: object = {}) =>
  ({
    ...requestedOf(walletOf(), { acceptedAt: at(100) }),
    ...{ stage, history, ...facts },
  }) as Withdrawal;

const failed = (code: string) => ({ failure: { code, message: '', retryable: false } });

// biome-ignore format: columns are the point
test.each([
  ['nothing was before it', withdrawal('requested', [line('requested', 100)]), ['withdrawal-requested 1']],
  ['retries and waits are part of the time in a stage', withdrawal('converted', [line('requested', 100), line('reserved', 300), line('converting', 400), line('converting', 900, 1), line('converting', 950, 0), line('converted', 1_400)]), ['withdrawal-converted 1', 'time-in-converting 1000']],
  ['what was paid, and how long it took', withdrawal('settled', [line('requested', 100), line('confirmed', 5_000), line('settled', 5_200)], { payout: minorOf(99_500_000n) }), ['withdrawal-settled 1', 'time-in-confirmed 200', 'time-to-settled 5100', 'paid-USDC-ethereum 99.5']],
  ['each visit of a stage by itself', withdrawal('reserved', [line('requested', 1), line('rejected', 2), line('requested', 100), line('reserved', 350)]), ['withdrawal-reserved 1', 'time-in-requested 250']],
  ['what fails has an end, too', withdrawal('rejected', [line('requested', 100), line('rejected', 400)], failed('BROKERAGE_REJECTED')), ['withdrawal-rejected 1', 'time-in-requested 300', 'time-to-rejected 300', 'failed-BROKERAGE_REJECTED 1', 'failed 1']],
  ['what the client lacks the money for is no failure of ours', withdrawal('rejected', [line('requested', 100), line('rejected', 400)], failed('INSUFFICIENT_FUNDS')), ['withdrawal-rejected 1', 'time-in-requested 300', 'time-to-rejected 300', 'failed-INSUFFICIENT_FUNDS 1']],
])('%s', (_name, one, want) => {
  expect(measuresOf(one).map(({ name, value }) => `${name} ${value}`)).toEqual(want);
});
