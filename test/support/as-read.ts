import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

/** The row as a read gives it. */
export const asRead = (row: Record<string, unknown>): Record<string, unknown> =>
  unmarshall(marshall(row, { removeUndefinedValues: true }), {
    wrapNumbers: (text) => BigInt(text),
  });
