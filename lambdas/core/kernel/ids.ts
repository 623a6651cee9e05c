/**
 * Ids carry their kind. What a client creates under an idempotency key has an id that is derived from that key,
 * so the same request always means the same item; the rest is random.
 */
import { createHash, createHmac } from 'node:crypto';

export type WithdrawalId = `wd_${string}`;
export type WalletId = `wal_${string}`;
export type TransactionId = `txn_${string}`;
export type OperationId = WithdrawalId | TransactionId;
export type EndpointId = `we_${string}`;
export type EventId = `evt_${string}`;
export type DeliveryId = `del_${string}`;
/** Everything that is delivered to one endpoint about one withdrawal: it has an order, others do not wait for it. */
export type DeliveryLane = `${EndpointId}#${WithdrawalId}`;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford: no i, l, o, u.
const idLength = 26;
const separator = '\u001f';

/** The first 130 bits of the bytes, in Crockford's base32. */
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

/** A keyed digest of the parts: nobody without the secret can guess the id, everybody with it finds the same one. */
const derived = (secret: string, parts: readonly string[]): string =>
  base32(createHmac('sha256', secret).update(parts.join(separator)).digest());

/** The withdrawal that this tenant's key means. `generation` is 0 unless keys expire (IDEMPOTENCY_KEY_TTL). */
export const withdrawalId = (
  secret: string,
  tenant: string,
  key: string,
  generation: number,
): WithdrawalId => `wd_${derived(secret, [tenant, 'withdrawal', key, String(generation)])}`;

/** The wallet transaction that this tenant's key means for this wallet. */
export const transactionId = (
  secret: string,
  tenant: string,
  wallet: WalletId,
  key: string,
  generation: number,
): TransactionId =>
  `txn_${derived(secret, [tenant, 'wallet-transaction', wallet, key, String(generation)])}`;

/** The one event of this withdrawal with this sequence. */
export const eventId = (source: string, sequence: number): EventId =>
  `evt_${hashed(`${source}#${sequence}`)}`;

/** The one delivery of this event to this endpoint. It says where the delivery is kept, so that no index has to. */
export const deliveryId = (
  endpoint: EndpointId,
  source: WithdrawalId,
  sequence: number,
): DeliveryId => `del_${endpoint.slice('we_'.length)}_${source}_${sequence}`;

const hashed = (text: string): string => base32(createHash('sha256').update(text).digest());

/** A new id from 17 or more random bytes. */
export const randomId = (random: Uint8Array): string => base32(random);

const idPattern = (kind: string): RegExp => new RegExp(`^${kind}_[0-9a-hjkmnp-tv-z]{26}$`);
const patterns = {
  wd: idPattern('wd'),
  wal: idPattern('wal'),
  txn: idPattern('txn'),
  we: idPattern('we'),
} as const;

export const isWithdrawalId = (text: string): text is WithdrawalId => patterns.wd.test(text);
export const isWalletId = (text: string): text is WalletId => patterns.wal.test(text);
export const isTransactionId = (text: string): text is TransactionId => patterns.txn.test(text);
export const isEndpointId = (text: string): text is EndpointId => patterns.we.test(text);
export function isDeliveryLane(text: string): text is DeliveryLane {
  const [endpoint = '', source = '', ...more] = text.split('#');
  return isEndpointId(endpoint) && isWithdrawalId(source) && more.length === 0;
}

/** A stable number in [0, buckets) for a text: lanes, shards. */
export function bucketOf(text: string, buckets: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) % buckets;
}

/** SHA-256 of the text, in hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
