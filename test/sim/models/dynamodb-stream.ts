/**
 * The stream of a table: its changes in order. Those of one item keep their order; others, also of one transaction, may
 * stand between them (AWS DynamoDB guide, "Change data capture for DynamoDB Streams").
 */
import type { Row } from '../truth.ts';
import type { World } from '../world.ts';

/** AWS Lambda guide, "Using AWS Lambda with Amazon DynamoDB": a record as a function gets it. */
export type StreamRecord = {
  eventID: string;
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  eventVersion: '1.1';
  eventSource: 'aws:dynamodb';
  awsRegion: string;
  eventSourceARN: string;
  dynamodb: {
    /** Seconds since 1970. */
    ApproximateCreationDateTime: number;
    Keys: Row;
    NewImage?: Row;
    OldImage?: Row;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: 'NEW_AND_OLD_IMAGES';
  };
};

export type ItemChange = { keys: Row; before: Row | null; after: Row | null; bytes: number };

/** Records can be read from any position, again and again; position 0 is the first record ever. */
export class Stream {
  readonly #world: World;
  readonly #table: string;
  #records: StreamRecord[] = [];
  #forgotten = 0;
  readonly #listeners: (() => void)[] = [];
  #waking = false;
  /** Of items with records on their way: how many, and when the last one arrives. */
  readonly #coming = new Map<string, { records: number; at: number }>();

  constructor(world: World, table: string) {
    this.#world = world;
    this.#table = table;
  }

  /** How many records there are: the position at which the next one will be. */
  get end(): number {
    return this.#forgotten + this.#records.length;
  }

  /** Nobody reads what is before this position any more. */
  forget(position: number): void {
    this.#records = this.#records.slice(position - this.#forgotten);
    this.#forgotten = position;
  }

  read(from: number, limit: number): readonly StreamRecord[] {
    return this.#records.slice(from - this.#forgotten, from - this.#forgotten + limit);
  }

  /** Calls it at once, but not before what is happening now is over, whenever there are new records. */
  onRecord(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The record of a change, readable after a while. */
  change(item: string, change: ItemChange, delayMs: number): void {
    const now = this.#world.now();
    const before = this.#coming.get(item);
    if (before === undefined && delayMs === 0) {
      this.#append(change, now);
      return;
    }
    const coming = before ?? { records: 0, at: 0 };
    coming.records += 1;
    coming.at = Math.max(coming.at, now + delayMs);
    this.#coming.set(item, coming);
    this.#world.after(coming.at - now, () => {
      coming.records -= 1;
      if (coming.records === 0) this.#coming.delete(item);
      this.#append(change, now);
    });
  }

  /** After what is happening now: a listener must not see half of a transaction. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#world.after(0, () => {
      this.#waking = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #append({ keys, before, after, bytes }: ItemChange, at: number): void {
    const position = String(this.end + 1);
    this.#records.push({
      eventID: `${this.#table}-${position}`,
      eventName: before === null ? 'INSERT' : after === null ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: `arn:aws:dynamodb:us-east-1:000000000000:table/${this.#table}/stream/2026-01-01T00:00:00.000`,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(at / 1_000),
        Keys: keys,
        ...(after === null ? {} : { NewImage: after }),
        ...(before === null ? {} : { OldImage: before }),
        SequenceNumber: position.padStart(21, '0'),
        SizeBytes: bytes,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    this.#wake();
  }
}
