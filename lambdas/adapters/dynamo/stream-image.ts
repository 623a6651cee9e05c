/** An item in an event of the stream, as a read would give it. */
import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from 'aws-lambda';
import type { Row } from './keys.ts';

export type Image = Record<string, AttributeValue>;

export const rowOf = (image: Image): Row =>
  unmarshall(withBytes(image), { wrapNumbers: (text) => BigInt(text) });

/** The event is JSON, where bytes are base64 (AWS Lambda guide, "DynamoDB event"); the SDK would leave them as that text. */
const withBytes = (image: Image): Record<string, SdkValue> =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, sdkValueOf(value)]));

function sdkValueOf(value: AttributeValue): SdkValue {
  if (value.B !== undefined) return { B: Buffer.from(value.B, 'base64') };
  if (value.L !== undefined) return { L: value.L.map(sdkValueOf) };
  if (value.M !== undefined) return { M: withBytes(value.M) };
  // The other types are those of the SDK; only the two type packages differ.
  return value as SdkValue;
}
