/** Translates the images of a stream's event into rows as a read of the table gives them. */
import type { AttributeValue } from 'aws-lambda';
import { documentAttributes } from '../aws/thin/attribute.ts';
import type { Row } from './keys.ts';

export type Image = Record<string, AttributeValue>;

/** The event is JSON with bytes in base64, as an answer of DynamoDB is (AWS Lambda guide, "Process DynamoDB records"). */
const attributes = documentAttributes((text) => BigInt(text));

/** Throws when there is anything in the image that this does not know. */
export const rowOf = (image: Image): Row => attributes.read({ M: image }) as Row;
