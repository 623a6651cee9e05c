/** Builds what reconciliation compares. It only reads, but for its own report. */
import { alpacaFirmJournals } from './adapters/alpaca-firm-journals.ts';
import { alpacaFirmWires } from './adapters/alpaca-firm-wires.ts';
import { dueOnRamp } from './adapters/due.ts';
import { dynamoBooks } from './adapters/dynamo-reconcile.ts';
import { dynamoReports } from './adapters/dynamo-reports.ts';
import { recordEvm } from './adapters/evm.ts';
import {
  brokerageConfig,
  clock,
  database,
  evmConfig,
  onRampConfig,
  payableNetworks,
  payIn,
  tables,
} from './boot.ts';
import type { Report } from './core/difference.ts';
import type { Instant } from './core/ids.ts';
import { reconcileInFlightMs, reconcilePeriodMs } from './core/limits.ts';
import { reconcileSince } from './core/reconcile-run.ts';

export const reports = dynamoReports(database(), tables());

/** Compares the last day, and keeps the report. Throws UnavailableError when one side cannot be read. */
export async function bootReconcile(): Promise<() => Promise<Report>> {
  const [due, alpaca] = await Promise.all([onRampConfig(), brokerageConfig()]);
  const onRamp = dueOnRamp(due);
  const brokerage = alpaca && {
    ...alpacaFirmJournals(alpaca),
    ...alpacaFirmWires(alpaca),
    wiresAreOurs: payIn() !== 'ach',
  };
  const books = dynamoBooks(database(), tables());
  return async () => {
    const chains = await Promise.all(payableNetworks().map((one) => recordEvm(evmConfig(one))));
    const from = (clock.now() - reconcilePeriodMs) as Instant;
    const world = { books, onRamp, brokerage, chains, clock, inFlightMs: reconcileInFlightMs };
    const report = await reconcileSince(world, from, await reports.last());
    await reports.keep(report);
    return report;
  };
}
