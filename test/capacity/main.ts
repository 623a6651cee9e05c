/** `npm run capacity`: what the product carries under AWS's own limits, in virtual time. docs/capacity.md keeps its figures. */
import { parseArgs } from 'node:util';
import { commandLine, countIn } from '../../bin/command.ts';
import { bundleAll } from '../sim/jobs.ts';
import { type Case, type Report, runCase } from './case.ts';
import { casesOf } from './cases.ts';
import { base as chain } from './world.ts';

const usage = `usage: npm run capacity                          all cases; takes hours
       npm run capacity -- --only 1000/s          only the cases whose name has this in it
       npm run capacity -- --seconds 5            each for so long instead of a minute
       npm run capacity -- --rate 30 --wallets 5  one case, at this rate and on as many wallets; without it on one
       npm run capacity -- --cpu                  measures besides what the functions' own code costs
       npm run capacity -- --json                 what came of each case in one line of JSON`;

const { only, seconds, rate, wallets, json, cpu } = commandLine(usage, () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string' },
      wallets: { type: 'string', default: '1' },
      cpu: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    seconds: countIn('--seconds', values.seconds),
    wallets: countIn('--wallets', values.wallets),
    rate: values.rate === undefined ? null : countIn('--rate', values.rate),
  };
});

const cases = casesOf(seconds);

const asked = (perSecond: number): Case => ({
  name: `${perSecond}/s over ${wallets} wallet(s)`,
  ...{ perSecond, seconds, wallets, chain },
});
const chosen = rate === null ? cases.filter(({ name }) => name.includes(only)) : [asked(rate)];
if (chosen.length === 0) {
  console.error(`No case has "${only}" in its name: ${cases.map(({ name }) => name).join('; ')}.`);
  process.exit(1);
}
const code = await bundleAll();
for (const one of chosen) {
  const began = performance.now();
  let told = began;
  const report = await runCase({ ...one, measures: cpu }, code, (text) => {
    if (performance.now() < told + 5_000) return;
    told = performance.now();
    console.error(`${one.name}, ${Math.round((told - began) / 1_000)} s: ${text}`);
  });
  if (json) console.log(JSON.stringify(report));
  else print(report);
  process.exitCode ||= report.refused + report.notCompleted + report.outOfOrder > 0 ? 1 : 0;
}

function print(report: Report): void {
  const round = (value: number, digits = 0): number => Number(value.toFixed(digits));
  console.log(`\n${report.name}`);
  console.table({
    'accepted, and refused': `${report.offered}, ${report.refused}`,
    'accept p50, p99 (ms)': `${round(report.acceptMs.p50)}, ${round(report.acceptMs.p99)}`,
    'held a second': round(report.heldPerSecond, 1),
    'completed a second': round(report.completedPerSecond, 1),
    'last completed after the last offer (s)': round(report.backlogSeconds, 1),
    'held out of order': report.outOfOrder,
    'not completed': report.notCompleted,
    'writes that met another transaction': report.conflicts,
    'write units, read units each': `${round(report.units.written, 1)}, ${round(report.units.read, 1)}`,
    'SDK calls to DynamoDB, SQS requests each': `${round(report.units.calls, 1)}, ${round(report.units.sqs, 1)}`,
    'invocations each': round(report.units.invocations, 2),
    'dollars a million': round(report.dollarsPerMillion, 1),
  });
  console.table(
    Object.fromEntries(
      report.stages.map(({ stage, p50, p99 }) => [
        stage,
        { 'p50 ms': round(p50), 'p99 ms': round(p99) },
      ]),
    ),
  );
  console.table(
    Object.fromEntries(
      report.functions.map(({ name, runs, things, ms, failed }) => [
        name,
        { runs, 'things each': round(things, 1), 'ms each': round(ms), 'with failures': failed },
      ]),
    ),
  );
  if (report.measured.length > 0)
    console.table(
      Object.fromEntries(
        report.measured.map(({ name, runs, mean, invocation, each }) => [
          name,
          {
            runs,
            'CPU ms a run': round(mean, 2),
            'by itself': round(invocation, 2),
            'for each thing': round(each, 2),
          },
        ]),
      ),
    );
  console.table(
    Object.fromEntries(
      report.limits.map(({ what, used, most, who, refused }) => [
        what,
        { 'used a second': round(used), most, 'part %': round((100 * used) / most), who, refused },
      ]),
    ),
  );
}
