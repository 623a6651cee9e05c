/** Reads the records of the money table's stream. */
import type { DynamoDBRecord } from 'aws-lambda';
import type { Changed } from '../../core/outbox/changes.ts';
import { rowOf } from './stream-image.ts';
import { transactionFrom, walletFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
/** How many lines the timeline has. */
const linesOf = (image: Image): number => image?.['history']?.L?.length ?? 0;

/** The changes that somebody must hear of: of a withdrawal a new stage or a retry, of a transaction that it is there, or applied; of a wallet that it is ACTIVE again. */
export function changesIn({ dynamodb }: DynamoDBRecord): Changed[] {
  const after = dynamodb?.NewImage;
  const before = dynamodb?.OldImage;
  if (after === undefined) return [];
  const pk = after['pk']?.S ?? '';
  const linesBefore = linesOf(before);
  if (pk.startsWith('WD#') && before?.['stage']?.S !== after['stage']?.S)
    return [{ item: 'withdrawal', now: withdrawalFrom(rowOf(after)), linesBefore }];
  if (pk.startsWith('WD#') && linesOf(after) > linesBefore)
    return [{ item: 'retry', now: withdrawalFrom(rowOf(after)), linesBefore }];
  if (pk.startsWith('TXN#') && before === undefined)
    return [{ item: 'transaction', now: transactionFrom(rowOf(after)) }];
  if (pk.startsWith('TXN#') && before?.['status']?.S !== after['status']?.S)
    return [{ item: 'processed', now: transactionFrom(rowOf(after)) }];
  if (
    pk.startsWith('WAL#') &&
    after['status']?.S === 'ACTIVE' &&
    before?.['status']?.S === 'SUSPENDED'
  )
    return [{ item: 'wallet', now: walletFrom(rowOf(after)) }];
  return [];
}
