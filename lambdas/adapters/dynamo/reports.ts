/** Keeps the last report of reconciliation in the `control` table. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import { differencesKeptMax } from '../../core/kernel/limits.ts';
import { assets } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { differenceKinds, type Report } from '../../core/reconcile/difference.ts';
import type { Tables } from './client.ts';

const Key = { pk: 'RECONCILIATION', sk: 'LAST' };
const text = z.string();
const instant = z.number().transform((value) => value as Instant);

const reportShape = z.object({
  period: z.object({ from: instant, to: instant }),
  checkedAt: instant,
  finishedAt: instant.optional(),
  differences: z.array(
    z.object({
      kind: z.enum(differenceKinds),
      what: z.string(),
      withdrawalId: z.custom<WithdrawalId>((value) => typeof value === 'string').optional(),
      walletId: z.custom<WalletId>((value) => typeof value === 'string').optional(),
      providerId: z.string().optional(),
      expected: z.string(),
      found: z.string(),
      firstSeenAt: instant.optional(),
    }),
  ),
  unread: z
    .array(
      z.object({
        network: z.enum(networks),
        asset: z.enum(assets),
        why: z.string(),
        since: instant,
      }),
    )
    .optional(),
});

export type Reports = { last(): Promise<Report | null>; keep(report: Report): Promise<void> };

export const dynamoReports = (client: DynamoDBDocumentClient, { control }: Tables): Reports => ({
  last: async () => {
    const { Item } = await client.send(new GetCommand({ TableName: control, Key }));
    if (Item === undefined) return null;
    return reportShape.parse(JSON.parse(text.parse(Item['report']))) as Report;
  },
  keep: async (report) => {
    await client.send(
      new PutCommand({ TableName: control, Item: { ...Key, report: textThatFits(report) } }),
    );
  },
});

/** An item has at most 400 KB (DynamoDB guide, "Quotas"). */
const reportBytesMax = 350_000;

/** The report with its first differences, as many as are kept and fit into the item. The alarm counts them all. */
function textThatFits(report: Report): string {
  let differences = report.differences.slice(0, differencesKeptMax);
  for (;;) {
    const text = JSON.stringify({ ...report, differences });
    if (Buffer.byteLength(text) <= reportBytesMax || differences.length === 0) return text;
    differences = differences.slice(0, Math.floor(differences.length / 2));
  }
}
