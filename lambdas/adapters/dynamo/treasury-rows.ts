/** Translates what treasuries have promised to and from rows of `control`, and writes them. */
import * as z from 'zod';
import type { WithdrawalId } from '../../core/kernel/ids.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Change } from '../../core/store/change.ts';
import type { Lot, Promised, Treasury } from '../../core/store/treasury.ts';
import { integer } from './fields.ts';
import type { Action } from './write.ts';

const partitionOf = ({ network, token, payer }: Treasury): string =>
  `TREASURY#${network}#${token}#${payer}`;
export const promisedKey = (treasury: Treasury) => ({
  pk: partitionOf(treasury),
  sk: 'PROMISED',
});
const lotKey = (treasury: Treasury, { at, id }: Lot) => ({
  pk: partitionOf(treasury),
  sk: `LOT#${String(at).padStart(14, '0')}#${id}`,
});
/** The oldest lots sort first. */
export const lotsQuery = (treasury: Treasury) => ({
  KeyConditionExpression: 'pk = :pk AND begins_with(sk, :lots)',
  ExpressionAttributeValues: { ':pk': partitionOf(treasury), ':lots': 'LOT#' },
});

const promisedRow = z.object({ promised: z.bigint(), height: integer.nullable().default(null) });
export function promisedFrom(row: unknown): Promised {
  if (row === undefined) return { sum: 0n, height: null };
  const { promised: sum, height } = promisedRow.parse(row);
  return { sum, height };
}

const lotRow = z.object({ sk: z.string(), payouts: z.record(z.string(), z.bigint()) });
export function lotFrom(row: unknown): Lot {
  const { sk, payouts } = lotRow.parse(row);
  const [, at = '', ...id] = sk.split('#');
  const entries = Object.entries(payouts).map(
    ([key, value]) => [key as WithdrawalId, value] as const,
  );
  return { at: Number(at) as Instant, id: id.join('#'), payouts: new Map(entries) };
}

type TreasuryChange = Extract<Change, { treasury: Treasury }>;

export function treasuryAction(TableName: string, change: TreasuryChange): Action {
  const { treasury } = change;
  const names = { '#promised': 'promised', '#height': 'height' };
  switch (change.change) {
    case 'promise': {
      const { by, most, height } = change;
      const fits =
        by <= most
          ? '(attribute_not_exists(#promised) OR #promised <= :room)'
          : '#promised <= :room';
      return {
        Update: {
          TableName,
          Key: promisedKey(treasury),
          UpdateExpression: 'ADD #promised :by',
          ConditionExpression: `${fits} AND (attribute_not_exists(#height) OR #height <= :height)`,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ':by': by, ':room': most - by, ':height': height },
        },
      };
    }
    case 'release': {
      const { by, from, height } = change;
      const isSame = from.height === null ? 'attribute_not_exists(#height)' : '#height = :from';
      return {
        Update: {
          TableName,
          Key: promisedKey(treasury),
          UpdateExpression: 'ADD #promised :by SET #height = :height',
          ConditionExpression: isSame,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: {
            ...{ ':by': -by, ':height': height },
            ...(from.height === null ? {} : { ':from': from.height }),
          },
        },
      };
    }
    case 'lot': {
      const { lot } = change;
      const Item = { ...lotKey(treasury, lot), payouts: Object.fromEntries(lot.payouts) };
      return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
    }
    case 'lot-done':
      return {
        Delete: {
          TableName,
          Key: lotKey(treasury, change.lot),
          ConditionExpression: 'attribute_exists(pk)',
        },
      };
    default:
      return change satisfies never;
  }
}
