/** Actions of a transaction, each on a condition: that an item is not there yet, or still has the version that was read. */
import { isDeepStrictEqual } from 'node:util';
import type { Row } from './keys.ts';
import type { Action } from './write.ts';

export const absent = 'attribute_not_exists(pk)';

export const versionName = { '#version': 'version' };
export const versionIs = (version: number) =>
  ['#version = :version', { ':version': version }] as const;

export const put = (
  TableName: string,
  Item: Row,
  ConditionExpression: string,
  values?: Row,
): Action => ({
  Put: {
    TableName,
    Item,
    ConditionExpression,
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  },
});

export const putNext = (table: string, row: Row, version: number): Action =>
  version === 1 ? put(table, row, absent) : updateTo(table, row, version - 1);

/** Writes all fields of the row, and removes its undefined ones. Attributes that only newer code knows stay as they are. */
export const updateTo = (table: string, row: Row, version: number): Action =>
  update(table, { ...nulls(row), pk: row['pk'], sk: row['sk'] }, row, version);
const nulls = (row: Row): Row => Object.fromEntries(Object.keys(row).map((field) => [field, null]));

/** Writes the fields that differ, on condition that the item still has the version that the decision was made on. */
export function update(TableName: string, from: Row, to: Row, version: number): Action {
  const names: Record<string, string> = { '#version': 'version' };
  const values: Row = { ':version': version };
  const set: string[] = [];
  const remove: string[] = [];
  for (const field of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (isDeepStrictEqual(from[field], to[field])) continue;
    names[`#${field}`] = field;
    if (to[field] === undefined) remove.push(`#${field}`);
    else {
      set.push(`#${field} = :${field}To`);
      values[`:${field}To`] = to[field];
    }
  }
  const Key = { pk: to['pk'], sk: to['sk'] };
  const UpdateExpression = [
    set.length > 0 ? `SET ${set.join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
  ].join(' ');
  return {
    Update: {
      TableName,
      Key,
      UpdateExpression,
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    },
  };
}

/** The fields that an `update` writes, with their new values; undefined for those that it removes. */
export function writtenBy(made: NonNullable<Action['Update']>): Row {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = made;
  return Object.fromEntries(Object.values(names).map((field) => [field, values[`:${field}To`]]));
}
