/** A record of a table's stream, made of the row that dynoxide 1.2.1 keeps of it. */
import { region } from '../template/aws-names.ts';
import { streamArnOf } from '../template/identities.ts';

/** A row of the engine's `_stream_records`. */
export type StreamRow = {
  event_name: string;
  keys_json: string;
  new_image: string | null;
  old_image: string | null;
  sequence_number: string;
  created_at: number;
  user_identity: string | null;
};
export type StreamRecord = {
  sequenceNumber: string;
  /** In seconds since 1970, as the record says it. */
  createdAt: number;
  /** What filters look at. Images are parsed only when one asks for them. */
  event: Readonly<Record<string, unknown>>;
  /** The record as a function gets it (AWS Lambda guide, "DynamoDB event"), in JSON. */
  json: string;
};

/**
 * The engine's own GetRecords answers the same, but parses and writes each image anew, for each reader. Only `SizeBytes`, of
 * which the guides say no more than that it is the record's size, is here the size of the JSON.
 */
export function streamRecord(table: string, row: StreamRow): StreamRecord {
  const { keys_json: keys, new_image: newImage, old_image: oldImage } = row;
  const outside = {
    // Another record than the one with this number has another id.
    eventID: row.sequence_number,
    eventName: row.event_name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    eventSourceARN: streamArnOf(table),
    ...(row.user_identity !== null && { userIdentity: JSON.parse(row.user_identity) }),
  };
  const inside = {
    ApproximateCreationDateTime: row.created_at,
    SequenceNumber: row.sequence_number,
    SizeBytes: bytes(keys) + bytes(newImage) + bytes(oldImage),
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  };
  const images = [
    `"Keys":${keys}`,
    ...(newImage === null ? [] : [`"NewImage":${newImage}`]),
    ...(oldImage === null ? [] : [`"OldImage":${oldImage}`]),
  ];
  const dynamodb = {
    ...inside,
    Keys: JSON.parse(keys),
    get NewImage() {
      return parsed(newImage);
    },
    get OldImage() {
      return parsed(oldImage);
    },
  };
  return {
    sequenceNumber: row.sequence_number,
    createdAt: row.created_at,
    event: { ...outside, dynamodb },
    json: `${open(outside)},"dynamodb":${open(inside)},${images.join()}}}`,
  };
}

/** An object's JSON without its end, so that more can follow. */
const open = (fields: object): string => JSON.stringify(fields).slice(0, -1);
const bytes = (text: string | null): number => (text === null ? 0 : Buffer.byteLength(text));
const parsed = (image: string | null): unknown => (image === null ? undefined : JSON.parse(image));
