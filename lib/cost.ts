/**
 * What a withdrawal costs at AWS, from what our functions say that they use. The prices are those of us-east-1 in US dollars: other
 * regions differ by some per cent, and a picture of the course of cost needs no more.
 */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { steps } from '../lambdas/core/kernel/steps.ts';
import { published } from './published.ts';

/** A request unit on demand (https://aws.amazon.com/dynamodb/pricing/on-demand/). */
const writeUnit = 0.625e-6;
const readUnit = 0.125e-6;
/** A second of a function on arm64 with half a GB, and the start of one (https://aws.amazon.com/lambda/pricing/). */
const functionSecond = 0.5 * 0.0000133334;
const invocation = 0.2e-6;
/** A message of a FIFO queue is sent, received and deleted (https://aws.amazon.com/sqs/pricing/). */
const message = 3 * 0.5e-6;
/** A payout has two signatures by keys in KMS: the treasury's and the gas lane's (https://aws.amazon.com/kms/pricing/). */
const payout = 2 * 0.15e-4;

const period = Duration.hours(1);

/** Metric math knows no exponents. */
const plain = (price: number): string => price.toFixed(13);

/** Dollars for each withdrawal that was paid in the hour, with all that failed and waited beside it. */
export function costOfWithdrawal(): IMetric {
  const done = Object.fromEntries(
    steps.map((step, index) => [`d${index}`, published(`done-${step}`, 'sum', period)]),
  );
  const messages = Object.keys(done)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  const dollars = [
    `${plain(writeUnit)} * FILL(writes, 0)`,
    `${plain(readUnit)} * FILL(reads, 0)`,
    `${plain(functionSecond)} * FILL(ms, 0) / 1000`,
    `${plain(invocation)} * FILL(runs, 0)`,
    `${plain(message)} * (${messages})`,
    `${plain(payout)} * FILL(signed, 0)`,
  ].join(' + ');
  return new MathExpression({
    expression: `IF(FILL(settled, 0) > 0, (${dollars}) / settled)`,
    usingMetrics: {
      ...done,
      writes: published('writeUnits', 'sum', period),
      reads: published('readUnits', 'sum', period),
      ms: published('runMs', 'sum', period),
      runs: published('runMs', 'SampleCount', period),
      signed: published('withdrawal-signed', 'sum', period),
      settled: published('withdrawal-settled', 'sum', period),
    },
    label: 'US dollars',
    period,
  });
}
