/**
 * Plays Due's bank: takes in the wires of the played brokerage, by the memo for a transfer or by the virtual account that
 * they went to. A transfer takes its dollars once, and an account those of each wire once, however often a wire is seen.
 */
import type { Arrival } from '../alpaca/wires-api.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import type { makePayIns } from './payin.ts';

export function makeDueBank(
  { db }: SimulatorStore,
  brokerageUrl: string,
  { receive, receiveInto }: Pick<ReturnType<typeof makePayIns>, 'receive' | 'receiveInto'>,
): { work(): Promise<void> } {
  const waiting = db.prepare(
    `SELECT memo FROM transfers WHERE status = 'awaiting_funds' AND fundAtMs IS NULL`,
  );
  const account = db.prepare('SELECT id FROM virtualAccounts LIMIT 1');
  let seenMs = 0;
  return {
    work: async () => {
      const memos = new Set(rows<{ memo: string }>(waiting).map(({ memo }) => memo));
      if (memos.size === 0 && row(account) === null) return;
      const arrivals = await arrivedSince(brokerageUrl, seenMs);
      for (const { id, information, accountNumber, cents, updatedAtMs } of arrivals) {
        // Others of the same millisecond may follow, so that wires of the last one are seen again.
        seenMs = updatedAtMs;
        const micros = BigInt(cents) * 10_000n;
        if (memos.has(information)) receive(information, 'wire', micros);
        else receiveInto(accountNumber, id, micros);
      }
    },
  };
}

/** The wires that have arrived since then. It is empty while the brokerage is away, because the next turn asks again. */
async function arrivedSince(brokerageUrl: string, sinceMs: number): Promise<Arrival[]> {
  const reply = await fetch(`${brokerageUrl}/_wires?sinceMs=${sinceMs}`).catch(() => null);
  return reply?.ok ? ((await reply.json()) as Arrival[]) : [];
}
