/** The EventBus port over EventBridge. */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { errorName, whyOf } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import { type BusEntry, busSource, type EventBus, type Put } from '../../core/outbox/bus.ts';
import { countCalls, counted } from '../dynamo/usage.ts';
import { thin } from './thin/thin.ts';

/** A client whose calls are counted (adapters/dynamo/usage.ts). */
export function eventBridgeClient(): EventBridgeClient {
  const client = new EventBridgeClient({});
  countCalls(client.middlewareStack);
  return thin(client, counted);
}

/**
 * Codes of an entry that say that it is wrong itself (EventBridge API reference, "PutEventsResultEntry"). What is not
 * allowed is put again as well: a person gives the right back, and nothing was lost.
 */
const wrong = new Set(['InvalidArgument', 'MalformedDetail', 'RedactionFailure']);

export function eventBridgeBus(client: EventBridgeClient, EventBusName: string): EventBus {
  const put = async (entries: readonly BusEntry[]): Promise<readonly Put[]> => {
    try {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: entries.map(({ type, at, detail }) => ({
            ...{ EventBusName, Source: busSource, DetailType: type, Detail: detail },
            Time: new Date(at),
          })),
        }),
        { abortSignal: AbortSignal.timeout(callTimeoutMs) },
      );
      // Each entry has its own answer, in the order of the request, with status 200.
      return entries.map((_, index) => endOf(Entries[index]));
    } catch (error) {
      if (errorName(error) !== 'ValidationException') throw error;
      // The request is wrong as a whole: which entry is it?
      if (entries.length === 1) return [{ never: whyOf(error) }];
      const alone: Put[] = [];
      for (const entry of entries) alone.push(...(await put([entry])));
      return alone;
    }
  };
  return { put };
}

/** Without an id an entry is not on the bus. */
function endOf(answer: PutEventsResultEntry | undefined): Put {
  const { EventId, ErrorCode, ErrorMessage } = answer ?? {};
  if (EventId !== undefined && ErrorCode === undefined) return 'taken';
  const why = `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? ''}`;
  return wrong.has(ErrorCode ?? '') ? { never: why } : { again: why };
}
