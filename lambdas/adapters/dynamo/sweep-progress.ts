/** Keeps how far sweep has come with its laps and its scan, in one item of the `control` table, so that another worker goes on there. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Walked } from '../../core/outbox/laps.ts';
import type { Scanned } from '../../core/outbox/scan.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';

export type Progress = { laps: Map<string, Walked>; scanned: Scanned | null };

const Key = { pk: 'SWEEP', sk: 'PROGRESS' };
const place = z.record(z.string(), z.unknown());
const shape = z.object({
  laps: z.record(
    z.string(),
    z.object({
      lap: z
        .object({
          began: instant,
          places: z.array(z.union([place, z.literal('done'), z.null()])),
          seen: integer,
        })
        .nullable(),
      lastBegan: instant,
      lastSeen: integer.nullable(),
    }),
  ),
  scanned: z
    .object({ began: instant, place: place.nullable(), isUnderway: z.boolean() })
    .nullable(),
});

export const dynamoProgress = (client: DynamoDBDocumentClient, { control }: Tables) => ({
  /** What cannot be read is begun anew: that costs laps, and nothing else. */
  load: async (): Promise<Progress> => {
    const { Item } = await client.send(new GetCommand({ TableName: control, Key }));
    const { success, data } = shape.safeParse(Item ?? {});
    return success
      ? { laps: new Map(Object.entries(data.laps)), scanned: data.scanned }
      : { laps: new Map(), scanned: null };
  },
  save: async ({ laps, scanned }: Progress): Promise<void> => {
    const Item = { ...Key, laps: Object.fromEntries(laps), scanned };
    await client.send(new PutCommand({ TableName: control, Item }));
  },
});
