/** Translates what treasuries have promised to and from rows of `control`, and writes them. */
import * as z from 'zod';
import { isWithdrawalId, type WithdrawalId } from '../../core/kernel/ids.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Change } from '../../core/store/change.ts';
import type { Lot, Payouts, Promised, Treasury } from '../../core/store/treasury.ts';
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

const promisedRow = z.looseObject({
  promised: z.bigint(),
  height: integer.nullable().default(null),
});
const promisedValue = z.bigint();
/** A payout that is named beside the sum is an attribute with its id as name: one can be added without knowing the others. */
export function promisedFrom(row: unknown): Promised {
  if (row === undefined) return { sum: 0n, height: null, payouts: new Map() };
  const { promised: sum, height, ...rest } = promisedRow.parse(row);
  const payouts = Object.entries(rest).flatMap(([name, value]) =>
    isWithdrawalId(name) ? [[name, promisedValue.parse(value)] as const] : [],
  );
  return { sum, height, payouts: new Map(payouts) };
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

/** How names beside the sum come and go. One that goes must stand there as it was read. */
function namesBeside(added: Payouts, gone: Payouts) {
  const coming = [...added].map(([name, value], index) => ({ name, value, place: `in${index}` }));
  const going = [...gone].map(([name, value], index) => ({ name, value, place: `out${index}` }));
  const all = [...coming, ...going];
  return {
    names: Object.fromEntries(all.map(({ name, place }) => [`#${place}`, name])),
    values: Object.fromEntries(all.map(({ value, place }) => [`:${place}`, value])),
    // Who comes back after a change of treasuries may be there already, so it is added to and not set.
    add: coming.map(({ place }) => `, #${place} :${place}`).join(''),
    remove: going.length === 0 ? '' : ` REMOVE ${going.map(({ place }) => `#${place}`).join(', ')}`,
    asRead: going.map(({ place }) => ` AND #${place} = :${place}`).join(''),
  };
}

export function treasuryAction(TableName: string, change: TreasuryChange): Action {
  const { treasury } = change;
  const names = { '#promised': 'promised', '#height': 'height' };
  switch (change.change) {
    case 'promise': {
      const { by, most, height } = change;
      const beside = namesBeside(change.named, change.moved);
      const fits =
        by <= most
          ? '(attribute_not_exists(#promised) OR #promised <= :room)'
          : '#promised <= :room';
      return {
        Update: {
          TableName,
          Key: promisedKey(treasury),
          UpdateExpression: `ADD #promised :by${beside.add}${beside.remove}`,
          ConditionExpression: `${fits} AND (attribute_not_exists(#height) OR #height <= :height)${beside.asRead}`,
          ExpressionAttributeNames: { ...names, ...beside.names },
          ExpressionAttributeValues: {
            ...{ ':by': by, ':room': most - by, ':height': height },
            ...beside.values,
          },
        },
      };
    }
    case 'release': {
      const { by, from, height } = change;
      const beside = namesBeside(new Map(), change.decided);
      const isSame = from.height === null ? 'attribute_not_exists(#height)' : '#height = :from';
      return {
        Update: {
          TableName,
          Key: promisedKey(treasury),
          UpdateExpression: `ADD #promised :by SET #height = :height${beside.remove}`,
          ConditionExpression: `${isSame}${beside.asRead}`,
          ExpressionAttributeNames: { ...names, ...beside.names },
          ExpressionAttributeValues: {
            ...{ ':by': -by, ':height': height, ...beside.values },
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
