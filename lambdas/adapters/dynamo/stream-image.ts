/** Translates the images of a stream's event into rows as a read of the table gives them. */
import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from 'aws-lambda';
import type { Row } from './keys.ts';

export type Image = Record<string, AttributeValue>;

export const rowOf = (image: Image): Row =>
  unmarshall(withBytes(image), { wrapNumbers: (text) => BigInt(text) });

/** The event is JSON with bytes in base64, a text that `unmarshall` would leave as it is. */
const withBytes = (image: Image): Record<string, SdkValue> =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, sdkValueOf(value)]));

function sdkValueOf(value: AttributeValue): SdkValue {
  if (value.B !== undefined) return { B: Buffer.from(value.B, 'base64') };
  if (value.L !== undefined) return { L: value.L.map(sdkValueOf) };
  if (value.M !== undefined) return { M: withBytes(value.M) };
  // All other types agree with the SDK's, though the two packages declare them differently.
  return value as SdkValue;
}
