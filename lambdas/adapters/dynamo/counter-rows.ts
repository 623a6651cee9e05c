/** The rows of counters: how much was withdrawn on a day. */
import { counterKeptDays } from '../../core/kernel/limits.ts';
import type { Change } from '../../core/store/change.ts';
import type { Counter } from '../../core/withdrawal/counters.ts';
import type { Action } from './write.ts';

/** Adds `by` to a counter unless it would then exceed `max`. The row expires `counterKeptDays` after its day. */
export function countIn(
  TableName: string,
  { counter, by, max }: Extract<Change, { change: 'counter' }>,
): Action {
  const expiresAt = Math.floor(Date.parse(counter.day) / 1_000) + counterKeptDays * 86_400;
  const within =
    max === null
      ? null
      : by <= max
        ? 'attribute_not_exists(#used) OR #used <= :room'
        : '#used <= :room';
  return {
    Update: {
      TableName,
      Key: counterKey(counter),
      UpdateExpression: 'ADD #used :by SET #expiresAt = :expiresAt',
      ...(within === null ? {} : { ConditionExpression: within }),
      ExpressionAttributeNames: { '#used': 'used', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: {
        ':by': by,
        ':expiresAt': expiresAt,
        ...(max === null ? {} : { ':room': max - by }),
      },
    },
  };
}

export const counterKey = ({ of, currency, day }: Counter) => ({
  pk: `COUNTED#${of}`,
  sk: `${day}#${currency}`,
});
