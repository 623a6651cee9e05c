/**
 * Ids, whose prefix says what they name. The id of what a client creates under an idempotency key is derived from that
 * key, so the same request always names the same item. Events and deliveries are named after their withdrawal.
 */
import { createHmac, hash } from 'node:crypto';
import type { Instant } from './time.ts';

export type WithdrawalId = `wd_${string}`;
export type WalletId = `wal_${string}`;
/** What a client posts together: many withdrawals, each under a key of its own (core/requests/batch.ts). */
export type WithdrawalBatchId = `wb_${string}`;
export type TransactionId = `txn_${string}`;
export type OperationId = WithdrawalId | TransactionId;
export type EndpointId = `we_${string}`;
export type EventId = `evt_${string}`;
export type DeliveryId = `del_${string}`;
/** What events are about: a withdrawal, a credit or debit, or nothing but the event itself. */
export type SourceId = OperationId | EventId;
/** A replay of an endpoint since a time, which its id says. */
export type ReplayId = `rpl_${string}`;
/** All deliveries to one endpoint about one source: they go out in order, and no other delivery waits for them. */
export type DeliveryLane = `${EndpointId}#${SourceId}`;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford: no i, l, o, u.
const idLength = 26;
const separator = '\u001f';

/** The first 130 bits of the bytes in Crockford's base32 (https://www.crockford.com/base32.html), in lower case. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < idLength) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= 0xff;
  }
  return text;
}

/** A keyed digest of the parts: only who has the secret can compute the id, and always computes the same one. */
const derived = (secret: string, parts: readonly string[]): string =>
  base32(createHmac('sha256', secret).update(parts.join(separator)).digest());

/** The withdrawal that a tenant's idempotency key names. `generation` is 0 unless keys expire (`IDEMPOTENCY_KEY_TTL`). */
export const withdrawalId = (
  secret: string,
  tenant: string,
  key: string,
  generation: number,
): WithdrawalId => `wd_${derived(secret, [tenant, 'withdrawal', key, String(generation)])}`;

/** The batch of withdrawals that a tenant's idempotency key names, likewise. */
export const withdrawalBatchId = (
  secret: string,
  tenant: string,
  key: string,
  generation: number,
): WithdrawalBatchId =>
  `wb_${derived(secret, [tenant, 'withdrawal-batch', key, String(generation)])}`;

/** The credit or debit that a tenant's idempotency key names on this wallet. */
export const transactionId = (
  secret: string,
  tenant: string,
  wallet: WalletId,
  key: string,
  generation: number,
): TransactionId =>
  `txn_${derived(secret, [tenant, 'wallet-transaction', wallet, key, String(generation)])}`;

/** The event with this sequence of a withdrawal. */
export const eventId = (source: string, sequence: number): EventId =>
  `evt_${hashed(`${source}#${sequence}`)}`;

/** The delivery of an event to an endpoint. The id contains the keys of its row, so that finding it needs no index. */
export const deliveryId = (endpoint: EndpointId, source: SourceId, sequence: number): DeliveryId =>
  `del_${endpoint.slice('we_'.length)}_${source}_${sequence}`;

/** The lane and the sequence that a delivery's id names; `null`: no delivery has such an id. */
export function placeOfDelivery(id: string): { lane: DeliveryLane; sequence: number } | null {
  const [, endpoint = '', source = '', sequence = ''] =
    /^del_([0-9a-z]{26})_([a-z]+_[0-9a-z]{26})_([1-9]\d{0,5})$/.exec(id) ?? [];
  const lane = `we_${endpoint}#${source}`;
  return isDeliveryLane(lane) ? { lane, sequence: Number(sequence) } : null;
}

const hashed = (text: string): string => base32(digestOf(text));

/** An id without its prefix. It uses 130 bits, so it takes 17 random bytes or more. */
export const randomId = (random: Uint8Array): string => base32(random);

const idPattern = (kind: string): RegExp => new RegExp(`^${kind}_[0-9a-hjkmnp-tv-z]{26}$`);
const patterns = {
  wd: idPattern('wd'),
  wal: idPattern('wal'),
  wb: idPattern('wb'),
  txn: idPattern('txn'),
  we: idPattern('we'),
  evt: idPattern('evt'),
} as const;

/** Whether a text has the form of such an id; the item need not exist. */
export const isWithdrawalId = (text: string): text is WithdrawalId => patterns.wd.test(text);
export const isWithdrawalBatchId = (text: string): text is WithdrawalBatchId =>
  patterns.wb.test(text);
export const isWalletId = (text: string): text is WalletId => patterns.wal.test(text);
export const isTransactionId = (text: string): text is TransactionId => patterns.txn.test(text);
export const isEndpointId = (text: string): text is EndpointId => patterns.we.test(text);
export const isReplayId = (text: string): text is ReplayId =>
  /^rpl_[0-9a-z]{26}_\d{1,15}$/.test(text);
const isSourceId = (text: string): text is SourceId =>
  isWithdrawalId(text) || isTransactionId(text) || patterns.evt.test(text);
export function isDeliveryLane(text: string): text is DeliveryLane {
  const [endpoint = '', source = '', ...more] = text.split('#');
  return isEndpointId(endpoint) && isSourceId(source) && more.length === 0;
}

/** How a doorbell names a withdrawal whose hold ends in this wallet: both, so that they are read together. */
export const heldIn = (walletId: WalletId, id: string): string => `${walletId}#${id}`;

/** The withdrawal that is named so; `null`: the text is no such name. */
export function heldPlaceIn(text: string): { walletId: WalletId; id: WithdrawalId } | null {
  const [walletId = '', id = '', ...more] = text.split('#');
  return isWalletId(walletId) && isWithdrawalId(id) && more.length === 0 ? { walletId, id } : null;
}

/** How a doorbell names a withdrawal that waits in its wallet: with its place, so that no more is read than what is due. */
export const waitingIn = (walletId: WalletId, id: string, at: Instant): string =>
  `${heldIn(walletId, id)}#${at}`;

/** The withdrawal that is named so; `null`: the text is no such name. Older code does not know it, and looks into the inbox. */
export function waitingPlaceIn(
  text: string,
): { walletId: WalletId; id: WithdrawalId; acceptedAt: Instant } | null {
  const [, held = '', at = ''] = /^(.*)#(\d{1,15})$/.exec(text) ?? [];
  const place = heldPlaceIn(held);
  return place === null ? null : { ...place, acceptedAt: Number(at) as Instant };
}

/** What the deliveries of a lane are about. */
export const sourceIn = (lane: DeliveryLane): string => lane.slice(lane.indexOf('#') + 1);

/** A number in [0, buckets) that is always the same for a text; it spreads items over message groups and partitions. */
export function bucketOf(text: string, buckets: number): number {
  return digestOf(text).readUInt32BE(0) % buckets;
}

/** SHA-256 of the text, in hex. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');
/** The same as bytes. They are made of the text because Node gives each digest in bytes memory of its own, at three times the cost. */
const digestOf = (text: string): Buffer => Buffer.from(sha256(text), 'hex');
