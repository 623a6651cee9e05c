/** Translates withdrawals to and from rows of the `money` table. */
import * as z from 'zod';
import { NewerCodeError } from '../../core/kernel/errors.ts';
import { bucketOf, type WithdrawalId } from '../../core/kernel/ids.ts';
import { dueShards, tenantListShards } from '../../core/kernel/limits.ts';
import { assets, currencies } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import type { Due } from '../../core/outbox/patience.ts';
import type { Shards } from '../../core/requests/store.ts';
import { waitReasonOf } from '../../core/withdrawal/retry.ts';
import { waitReasons } from '../../core/withdrawal/waits.ts';
import type { Stage, Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { chainFacts, chainFactsFrom, facts, factsToRow, missingIn } from './facts-row.ts';
import {
  absentIsNull,
  address,
  bytesOf,
  digest,
  idInKey,
  instant,
  integer,
  labels,
  minorNumber,
  walletIdText,
  without,
} from './fields.ts';
import { historyFrom, historyRow, historyToRow, stage } from './history-row.ts';
import {
  acceptedAt,
  duePartition,
  inboxPartition,
  keyOf,
  orderOf,
  type Row,
  referenceIn,
  referenceListPartition,
  tenantListPartition,
  walletListPartition,
} from './keys.ts';
import { formatOf, unknownIn } from './newer.ts';
import { sweepEntries } from './open.ts';

const withdrawalRow = z.object({
  pk: idInKey<WithdrawalId>(),
  order: acceptedAt,
  tenant: z.string(),
  walletId: walletIdText,
  atBrokerage: z.boolean().optional(),
  amount: minorNumber,
  currency: z.enum(currencies),
  asset: z.enum(assets),
  network: z.enum(networks),
  destination: address,
  referenceList: z.string().optional(),
  metadata: labels,
  maxRetries: integer,
  idempotencyKey: z.string(),
  requestHash: digest,
  updatedAt: instant,
  acceptedAt: instant.optional(),
  countedOn: absentIsNull,
  cancelRequested: z.boolean().default(false),
  takeUps: integer.default(0),
  version: integer,
  history: historyRow,
  retryCount: integer.default(0),
  stageRetries: integer.default(0),
  nextAttemptAt: instant.nullable().default(null),
  dueAt: instant.nullable().default(null),
  inbox: z.string().optional(),
  payoutBarrier: z.enum(['OPEN', 'CLOSED']),
  stage,
  ...facts,
});

/** The fields that a withdrawal has under another name, or in another form. */
const otherNames = new Set([
  ...(['pk', 'order', 'history', 'acceptedAt', 'referenceList', 'atBrokerage', 'inbox'] as const),
  ...chainFacts,
]);

/** The withdrawal of a row. Throws NewerCodeError for one of newer code, and when the row lacks a fact that its stage needs. */
export function withdrawalFrom(row: unknown): Withdrawal {
  const { pk } = row as Row;
  const unknown = unknownIn(row as Row);
  if (unknown !== null) throw new NewerCodeError(`${String(pk)} says ${unknown}: left alone`);
  const parsed = withdrawalRow.parse(row);
  const { pk: id, order: createdAt, history, acceptedAt, referenceList, atBrokerage } = parsed;
  const rest = without(parsed, otherNames);
  const missing = missingIn(rest.stage, parsed);
  if (missing.length > 0) throw new Error(`${id} is ${rest.stage} without ${missing.join(', ')}`);
  const withdrawal = {
    id,
    createdAt,
    acceptedAt: acceptedAt ?? createdAt,
    atBrokerage: isAtBrokerage({ atBrokerage, history }),
    history: historyFrom(history, createdAt),
    reference: referenceIn(referenceList, rest.tenant),
    ...(rest.stage === 'debiting' ? { journalId: null } : {}),
    ...(rest.stage === 'requested' && parsed.inbox === undefined ? { listed: true } : {}),
    ...rest,
    ...chainFactsFrom(parsed),
  } as Withdrawal;
  const isStray =
    (row as Row)['dueShard'] !== undefined && sweepEntries(withdrawal).dueShard === undefined;
  return isStray ? { ...withdrawal, strayDue: true } : withdrawal;
}

/** What was accepted before this was kept shows it by its timeline once the brokerage was asked. */
const isAtBrokerage = ({
  atBrokerage,
  history,
}: Pick<z.output<typeof withdrawalRow>, 'atBrokerage' | 'history'>): boolean =>
  atBrokerage ?? wasAsked(history);

const wasAsked = (history: readonly { stage: Stage }[]): boolean =>
  history.some((line) => line.stage === 'debiting');

const dueRow = withdrawalRow.pick({
  pk: true,
  walletId: true,
  atBrokerage: true,
  history: true,
  stage: true,
  updatedAt: true,
  nextAttemptAt: true,
  currency: true,
  asset: true,
  order: true,
  dueAt: true,
  payoutBatch: true,
});
const waits = z.enum(waitReasons).optional().catch(undefined);
/** The fields of a withdrawal that sweep reads. */
export const dueFields = [...Object.keys(dueRow.shape), 'waits', 'format'];
/** What sweep needs of a row; nothing, when only newer code knows what is due there. */
export function dueFrom(row: unknown): Due[] {
  if (unknownIn(row as Row) !== null) return [];
  const { pk: id, order: createdAt, history, ...rest } = dueRow.parse(row);
  const atBrokerage = isAtBrokerage({ ...rest, history });
  return [
    {
      ...rest,
      id,
      createdAt,
      atBrokerage,
      history: historyFrom(history, createdAt),
      waits: waits.parse((row as Row)['waits']),
    },
  ];
}

/** The first is always one of them. */
const firstShards: Shards = { inbox: 1, list: 1 };

/**
 * The row of a withdrawal: without what is at its default or follows from the rest, and with hexadecimal digits as bytes. When it is created
 * it gets its entries in one of the `shards` each that its wallet has; they stay there, for later on only what changes is written.
 */
export function withdrawalToRow(withdrawal: Withdrawal, shards = firstShards): Row {
  const { id, createdAt, acceptedAt, countedOn, cancelRequested, takeUps, ...more } = withdrawal;
  const { reference, metadata, retryCount, stageRetries, atBrokerage, ...others } = more;
  const { listed, strayDue, ...rest } = others;
  const { tenant, walletId, dueAt, stage: at, nextAttemptAt } = rest;
  const journalId = 'journalId' in rest ? (rest.journalId ?? null) : null;
  // While it is unknown whether a withdrawal's journal was made, the wallet's others wait behind it.
  const waits = at === 'requested' || (at === 'debiting' && journalId === null);
  const inboxShards = waits && listed === undefined ? shards.inbox : null;
  return {
    ...keyOf.withdrawal(id),
    ...rest,
    list: walletListPartition(walletId, bucketOf(id, shards.list)),
    tenantList: tenantListPartition(tenant, bucketOf(id, tenantListShards)),
    referenceList: reference === null ? undefined : referenceListPartition(tenant, reference),
    order: orderOf(createdAt, id),
    acceptedAt: acceptedAt === createdAt ? undefined : acceptedAt,
    // Once the brokerage was asked the timeline shows it.
    atBrokerage: atBrokerage && !wasAsked(rest.history) ? true : undefined,
    countedOn: countedOn ?? undefined,
    cancelRequested: cancelRequested ? true : undefined,
    takeUps: takeUps > 0 ? takeUps : undefined,
    requestHash: bytesOf(rest.requestHash),
    history: historyToRow(rest.history, createdAt),
    format: formatOf(withdrawal),
    ...factsToRow(rest),
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    retryCount: retryCount > 0 ? retryCount : undefined,
    stageRetries: stageRetries > 0 ? stageRetries : undefined,
    nextAttemptAt: nextAttemptAt ?? undefined,
    // For sweep, which reads no timelines.
    waits: waitReasonOf(withdrawal) ?? undefined,
    dueAt: dueAt ?? undefined,
    dueShard: dueAt === null ? undefined : duePartition(bucketOf(id, dueShards)),
    journalId: at === 'debiting' || at === 'review' ? (journalId ?? undefined) : undefined,
    inbox: inboxShards === null ? undefined : inboxPartition(walletId, bucketOf(id, inboxShards)),
    inboxOrder: inboxShards === null ? undefined : orderOf(acceptedAt, id),
  };
}
