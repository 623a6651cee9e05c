/** Runs a DynamoDB stream event source mapping: gives changes to a function, in order, and goes on when they are done. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamReader } from '../engines/stream-reader.ts';
import type { StreamRecord } from '../engines/stream-record.ts';
import type { Invocation } from '../lambda/invocation.ts';
import type { Matches } from '../template/event-pattern.ts';
import { failedItems } from './batch-response.ts';
import type { EventSource } from './queue-source.ts';

export type Discarded = {
  records: readonly StreamRecord[];
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** The number of invocations that these records were part of. */
  invocations: number;
  last: Invocation | null;
};
export type StreamSourceOptions = {
  name: string;
  stream: StreamReader;
  /** The sequence number after which it begins. */
  position: string;
  invoke: (payload: string) => Promise<Invocation>;
  /** Notes that all records up to this sequence number are done, so that none is given again after a restart. */
  checkpoint: (position: string) => void;
  /** Takes the records that the function could not handle. */
  discard: (discarded: Discarded) => void;
  /** A record is given to the function when one of them matches, or when there are none. */
  filters: readonly Matches[];
  batchSize: number;
  bisects: boolean;
  reportsFailures: boolean;
  /** Attempts after the first; -1 means without end. */
  retriesMax: number;
  /** The age at which a record is discarded; -1 means never. */
  recordAgeMaxSeconds: number;
  /** How long it gathers records for a batch, in ms. */
  windowMs?: number;
  /** The wait before the first retry; it doubles with each. */
  retryMs?: number;
};
type Segment = { records: readonly StreamRecord[]; attempts: number };

const retryMaxMs = 10_000;
/** The largest payload of an invocation, 6 MB (AWS Lambda guide, "Lambda quotas"). */
const payloadMax = 6_000_000;

/**
 * Starts the mapping, one batch at a time: `ParallelizationFactor` would make it faster and change no item's order. Records
 * that were not checkpointed when the process died are given again.
 */
export function startStreamSource(options: StreamSourceOptions): EventSource {
  const { name, stream, filters, batchSize, windowMs = 0, retryMs = 100 } = options;
  let { position } = options;
  const checkpoint = (reached: string): void => {
    options.checkpoint(reached);
    position = reached;
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const wanted = ({ event }: StreamRecord): boolean =>
    filters.length === 0 || filters.some((matches) => matches(event));

  /** The next records and, when they make no full batch, those of the window that they open. */
  async function gathered(): Promise<StreamRecord[]> {
    const records = await stream.after(position, signal);
    const count = records.filter(wanted).length;
    const last = records.at(-1);
    if (windowMs === 0 || last === undefined || count === 0 || count >= batchSize) return records;
    await pause(windowMs, signal);
    const now = AbortSignal.timeout(1);
    return [...records, ...(await stream.after(last.sequenceNumber, now))];
  }

  async function readOn(): Promise<void> {
    const records = await gathered();
    let batch: StreamRecord[] = [];
    let size = 0;
    for (const record of records) {
      if (!wanted(record)) continue;
      const bytes = record.json.length;
      if (batch.length === batchSize || (batch.length > 0 && size + bytes > payloadMax)) {
        if (!(await deal({ records: batch, attempts: 0 }))) return;
        [batch, size] = [[], 0];
      }
      batch.push(record);
      size += bytes;
    }
    if (batch.length > 0 && !(await deal({ records: batch, attempts: 0 }))) return;
    const last = records.at(-1);
    if (last !== undefined) checkpoint(last.sequenceNumber);
  }

  /** Answers false when the source was stopped before all of the records were done. */
  async function deal({ records: given, attempts: before }: Segment): Promise<boolean> {
    let records = given;
    for (let attempts = before; !signal.aborted; attempts += 1) {
      const aged = records.filter((record) => isTooOld(options, record));
      if (aged.length > 0) {
        const condition = 'RecordAgeExceeded';
        options.discard({ records: aged, condition, invocations: attempts, last: null });
        records = records.filter((record) => !aged.includes(record));
      }
      const last = records.at(-1);
      if (last === undefined) return true;
      const invocation = await options.invoke(payloadOf(records));
      const failedAt = firstFailure(options, invocation, records);
      if (failedAt > 0) checkpoint(records[failedAt - 1]?.sequenceNumber ?? last.sequenceNumber);
      records = records.slice(failedAt);
      if (records.length === 0) return true;
      // For Lambda a split is no retry: the halves have as many attempts left as the whole.
      if (!invocation.ok && options.bisects && records.length > 1) {
        const middle = Math.ceil(records.length / 2);
        return (
          (await deal({ records: records.slice(0, middle), attempts })) &&
          (await deal({ records: records.slice(middle), attempts }))
        );
      }
      if (options.retriesMax >= 0 && attempts >= options.retriesMax) {
        const condition = 'RetryAttemptsExhausted';
        options.discard({ records, condition, invocations: attempts + 1, last: invocation });
        checkpoint(last.sequenceNumber);
        return true;
      }
      await pause(Math.min(retryMs * 2 ** attempts, retryMaxMs), signal);
    }
    return false;
  }

  const readForEver = async (): Promise<void> => {
    while (!signal.aborted)
      try {
        await readOn();
      } catch (error) {
        console.error(`Reading the stream for ${name} failed, and is tried again`, error);
        await pause(retryMaxMs / 10, signal);
      }
  };
  const reading = readForEver();
  return {
    stop: async () => {
      stopping.abort();
      await reading;
    },
  };
}

const payloadOf = (records: readonly StreamRecord[]): string =>
  `{"Records":[${records.map(({ json }) => json).join()}]}`;

/** The index of the first record that is not done, or the number of records when all are. */
function firstFailure(
  { reportsFailures }: StreamSourceOptions,
  invocation: Invocation,
  records: readonly StreamRecord[],
): number {
  if (!invocation.ok) return 0;
  if (!reportsFailures) return records.length;
  const ids = records.map(({ sequenceNumber }) => sequenceNumber);
  const failed = failedItems(invocation.payload, ids);
  const first = ids.findIndex((id) => failed.has(id));
  return first === -1 ? records.length : first;
}

const isTooOld = (
  { recordAgeMaxSeconds }: StreamSourceOptions,
  { createdAt }: StreamRecord,
): boolean => recordAgeMaxSeconds >= 0 && createdAt < Date.now() / 1_000 - recordAgeMaxSeconds;

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // The source was stopped. The caller sees it in the signal.
  }
}
