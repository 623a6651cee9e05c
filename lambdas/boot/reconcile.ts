/** Builds reconciliation over all books. It writes its own report, how far it has come, and entries that indexes lack. */
import { alpacaFirmJournals } from '../adapters/alpaca/firm-journals.ts';
import { alpacaFirmWires } from '../adapters/alpaca/firm-wires.ts';
import { dueOnRamp } from '../adapters/due/on-ramp.ts';
import { dynamoBooks } from '../adapters/dynamo/reconcile.ts';
import { dynamoReports } from '../adapters/dynamo/reports.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { reconcileInFlightMs, reconcileListMs, reconcilePeriodMs } from '../core/kernel/limits.ts';
import { type Instant, timeOf } from '../core/kernel/time.ts';
import type { Period, Report } from '../core/reconcile/difference.ts';
import type { Effort } from '../core/reconcile/limits.ts';
import { compareSince } from '../core/reconcile/run.ts';
import { brokerageCalls, brokerageConfig, brokerageProbes } from './brokerage.ts';
import { gatesWith } from './gates.ts';
import { payableRoutes } from './networks.ts';
import { nodeProbes } from './nodes.ts';
import { logger, publish } from './observe.ts';
import { onRampCalls, onRampConfig, onRampProbes, payIn } from './on-ramp.ts';
import { bootRecords } from './rails.ts';
import { bootNumbers } from './store.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const reports = dynamoReports(database(), tables());

/**
 * Compares the last `reconcilePeriodMs` and keeps the report, and after it how far it has come. Throws UnavailableError when the
 * brokerage, the on-ramp or our own books cannot be read, or when its time ran out; chains that cannot be are named in the report.
 */
export async function bootReconcile(effort: Effort): Promise<() => Promise<Report>> {
  const gates = await bootAllGates();
  const [due, alpaca] = await Promise.all([onRampConfig(), brokerageConfig()]);
  const onRamp = dueOnRamp(due, onRampCalls(gates), reconcileListMs);
  const request = brokerageCalls(gates);
  const brokerage = alpaca && {
    ...alpacaFirmJournals(alpaca, request, reconcileListMs),
    ...alpacaFirmWires(alpaca, request, reconcileListMs),
    wiresAreOurs: payIn() !== 'ach',
  };
  const books = dynamoBooks(database(), tables());
  const numbers = bootNumbers();
  const record = bootRecords(gates, numbers);
  return () =>
    gates.during(async () => {
      const from = (clock.now() - reconcilePeriodMs) as Instant;
      const inFlightMs = reconcileInFlightMs;
      const ours = { books, clock, inFlightMs, effort, tell: publish };
      const world = { ...ours, onRamp, brokerage, routes: payableRoutes(), record };
      const compared = await compareSince(world, from, await reports.last());
      const report = { ...compared.report, finishedAt: clock.now() };
      await reports.keep(report);
      await compared.done();
      publish([
        ...compared.measures,
        { name: 'reconcile-gap', unit: 'Seconds', value: secondsIn(compared.gap) },
      ]);
      if (compared.gap !== null)
        logger.error('a time is compared by no run', {
          from: timeOf(compared.gap.from),
          to: timeOf(compared.gap.to),
        });
      return report;
    });
}

const secondsIn = (gap: Period | null): number => (gap === null ? 0 : (gap.to - gap.from) / 1_000);

/** The breakers of reconciliation, which asks all providers. */
export const bootAllGates = async (): Promise<Gates> =>
  gatesWith({ ...(await onRampProbes()), ...(await brokerageProbes()), ...nodeProbes() });
