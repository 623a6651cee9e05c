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
import { bootAllGates, brokerageCalls, onRampCalls } from './boot-gates.ts';
import { all } from './core/all.ts';
import type { Report } from './core/difference.ts';
import type { Instant } from './core/ids.ts';
import { reconcileInFlightMs, reconcilePeriodMs } from './core/limits.ts';
import { reconcileSince } from './core/reconcile-run.ts';
import type { Network } from './core/withdrawal.ts';

export const reports = dynamoReports(database(), tables());

/** Compares the last day, and keeps the report. Throws UnavailableError when one side cannot be read, or its breaker is open. */
export async function bootReconcile(): Promise<() => Promise<Report>> {
  const gates = await bootAllGates();
  const [due, alpaca] = await Promise.all([onRampConfig(), brokerageConfig()]);
  const onRamp = dueOnRamp(due, onRampCalls(gates));
  const request = brokerageCalls(gates);
  const brokerage = alpaca && {
    ...alpacaFirmJournals(alpaca, request),
    ...alpacaFirmWires(alpaca, request),
    wiresAreOurs: payIn() !== 'ach',
  };
  const books = dynamoBooks(database(), tables());
  const { pass } = gates;
  const record = (network: Network) => recordEvm({ ...evmConfig(network), pass });
  return () =>
    gates.during(async () => {
      const chains = await all(payableNetworks().map(record));
      const from = (clock.now() - reconcilePeriodMs) as Instant;
      const world = { books, onRamp, brokerage, chains, clock, inFlightMs: reconcileInFlightMs };
      const report = await reconcileSince(world, from, await reports.last());
      await reports.keep(report);
      return report;
    });
}
