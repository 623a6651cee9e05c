/**
 * Due's bank, as far as it hears from the played brokerage: wires that have arrived there are taken in for the transfers
 * whose memo they carry. It keeps nothing: a transfer takes its dollars in once, however often a wire is seen.
 */
import type { Arrival } from './alpaca-wires-api.ts';
import { rows, type SimulatorStore } from './sqlite.ts';

/** `receive` is what `POST /dev/payin` does with a memo. */
export function makeDueBank(
  { db }: SimulatorStore,
  brokerageUrl: string,
  receive: (memo: string, rail: string, micros: bigint) => void,
): { work(): Promise<void> } {
  const waiting = db.prepare(
    `SELECT memo FROM transfers WHERE status = 'awaiting_funds' AND fundAtMs IS NULL`,
  );
  let seenMs = 0;
  return {
    work: async () => {
      const memos = new Set(rows<{ memo: string }>(waiting).map(({ memo }) => memo));
      if (memos.size === 0) return;
      const arrivals = await arrivedSince(brokerageUrl, seenMs);
      for (const { information, cents, updatedAtMs } of arrivals) {
        // Another in the same millisecond may follow: those are seen twice.
        seenMs = updatedAtMs;
        if (memos.has(information)) receive(information, 'wire', BigInt(cents) * 10_000n);
      }
    },
  };
}

/** Nothing while the brokerage is away: the next turn asks again. */
async function arrivedSince(brokerageUrl: string, sinceMs: number): Promise<Arrival[]> {
  const reply = await fetch(`${brokerageUrl}/_wires?sinceMs=${sinceMs}`).catch(() => null);
  return reply?.ok ? ((await reply.json()) as Arrival[]) : [];
}
