/** PutEvents: each entry has its own answer, and one that is wrong holds up no other. */
import { type BusEvent, busEvent, type EventBusEngine } from './event-bus.ts';
import type { Inputs } from './event-bus-inputs.ts';
import { Refusal } from './event-bus-refusal.ts';

type Entry = Inputs['PutEvents']['Entries'][number];
type Answer = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

/** EventBridge takes 1 MB since January 2026. */
const entriesBytesMax = 1024 * 1024;

const bytesOf = ({ Source = '', DetailType = '', Detail = '', Time, Resources }: Entry): number =>
  Buffer.byteLength([Source, DetailType, Detail, ...Resources].join('')) +
  (Time === undefined ? 0 : 14);

export async function putEvents(engine: EventBusEngine, { Entries }: Inputs['PutEvents']) {
  if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > entriesBytesMax)
    throw new Refusal(
      'ValidationException',
      'Total size of the entries in the request is over the limit.',
    );
  const onBuses = new Map<string, BusEvent[]>();
  const answers = Entries.map((entry): Answer => {
    const read = eventIn(entry);
    if ('ErrorCode' in read) return read;
    onBuses.set(entry.EventBusName, [...(onBuses.get(entry.EventBusName) ?? []), read]);
    return { EventId: read.id };
  });
  for (const [bus, events] of onBuses) await engine.put(bus, events);
  const failed = answers.filter((answer) => 'ErrorCode' in answer);
  return { FailedEntryCount: failed.length, Entries: answers };
}

function eventIn(entry: Entry): BusEvent | Extract<Answer, { ErrorCode: string }> {
  const { Source, DetailType, Detail, Time, Resources } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail }))
    if (value === undefined || value === '')
      return refused(
        'InvalidArgument',
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      );
  if (Source?.startsWith('aws.') === true)
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = objectIn(Detail ?? '');
  if (detail === null) return refused('MalformedDetail', 'Detail is malformed.');
  const at = Time === undefined ? new Date() : new Date(Time * 1_000);
  return busEvent({
    'detail-type': DetailType ?? '',
    source: Source ?? '',
    time: `${at.toISOString().slice(0, 19)}Z`,
    resources: Resources,
    detail,
  });
}

const refused = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });

function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
