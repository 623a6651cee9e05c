/**
 * The on-ramp port on Due's API (due.readme.io/docs: quotes, transfer-flow, wallets). Due documents no idempotency key, so
 * `transfer` is one attempt and core/on-ramp decides what an UNKNOWN outcome means.
 */
import { onRampListMs } from '../../core/kernel/limits.ts';
import type { Minor } from '../../core/kernel/money.ts';
import type { Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { OnRamp, Transfer, TransferSeen } from '../../core/on-ramp/provider.ts';
import type { PayIn } from '../../core/store/conversion-record.ts';
import { callJson } from '../net/http.ts';
import { readRows, unexpectedAnswer } from '../net/reading.ts';
import { outcomeFrom } from './answers.ts';
import { type DueConfig, dueCalls, treasuryOn } from './calls.ts';
import { verdictOn } from './refusals.ts';
import {
  isOtherWallet,
  LinkedWalletShape,
  PageOrArray,
  QuoteShape,
  TransferShape,
  WalletShape,
} from './shapes.ts';
import { transferLists } from './transfers.ts';

/** The id of our treasury's wallet at Due, linked when it is not yet: one for each schema of addresses. */
export function linkedTreasury(
  config: DueConfig,
  request = callJson,
): (network: Network) => Promise<Answer<string>> {
  const { ask, rows } = dueCalls(config, onRampListMs, request);
  const link = async ({ schema, address: ours }: Wallet): Promise<Answer<string>> => {
    const known = await rows('/v1/wallets', {}, PageOrArray);
    if (!known.ok) return known;
    const read = readRows(known.value, LinkedWalletShape, (row) => isOtherWallet(row, ours));
    if (!read.ok) return read;
    const [wallet] = read.value;
    if (wallet !== undefined) return { ok: true, value: wallet.id };
    const address = `${schema}:${ours}`;
    const linked = await ask(WalletShape, 'POST', '/v1/wallets', { address });
    return linked.ok ? { ok: true, value: linked.value.id } : linked;
  };
  const linked = new Map<string, Promise<Answer<string>>>();
  return async (network) => {
    const wallet = treasuryOn(config, network);
    const asked = linked.get(wallet.schema) ?? link(wallet);
    linked.set(wallet.schema, asked);
    const answer = await asked;
    if (!answer.ok) linked.delete(wallet.schema); // The next call asks again.
    return answer;
  };
}
type Wallet = ReturnType<typeof treasuryOn>;

/** Due's name for the rail that our dollars arrive by. Virtual accounts receive wires. */
const railOf: Record<PayIn, string> = { ach: 'ach', wire: 'wire', 'virtual-account': 'wire' };

/** The OnRamp port, one attempt for each call. `request` passes circuit breakers, where there are any. */
export function dueOnRamp(config: DueConfig, request = callJson, listMs = onRampListMs): OnRamp {
  const { call, ask, readOn } = dueCalls(config, listMs, request);
  const list = transferLists({ readOn }, listMs);
  return {
    verdictOn,
    recipient: linkedTreasury(config, request),
    quote: async (network: Network, amount: Minor, payIn: PayIn) => {
      const answer = await ask(QuoteShape, 'POST', '/v1/transfers/quote', {
        source: { rail: railOf[payIn], currency: 'USD', amount: usd(amount) },
        destination: { rail: network, currency: 'USDC', amount: '0' },
      });
      if (!answer.ok) return answer;
      const { rail, quote } = answer.value;
      if (quote.source !== amount || (rail !== null && rail !== network))
        return { ok: false, refused: false, why: 'a quote for something else' };
      return { ok: true, value: quote };
    },
    transfer: async (quote, recipient) =>
      outcomeFrom(
        TransferShape,
        await call('POST', '/v1/transfers', { quote, recipient }),
        ({ recipientId }) => recipientId === null || recipientId === recipient,
      ),
    status: async (id) => {
      const answer = await ask(TransferShape, 'GET', `/v1/transfers/${encodeURIComponent(id)}`);
      return answer.ok && answer.value.id !== id
        ? { ok: false, refused: false, why: 'an answer about another transfer' }
        : answer;
    },
    transfersBetween: async (from, to, { mayBeOurs = () => true, ...how } = {}) => {
      const listed = await list(from, to, how);
      if (!listed.ok) return listed;
      const isWithin = (at: Instant): boolean => at >= from && at <= to;
      const isAnothers = (seen: TransferSeen): boolean =>
        (seen.createdAt !== null && !isWithin(seen.createdAt)) || !mayBeOurs(seen);
      if (!listed.value.unread.every(isAnothers)) return unexpectedAnswer;
      const within = listed.value.read.filter(({ createdAt }) => isWithin(createdAt));
      // Pages and slices may overlap.
      const found = new Map<string, Transfer>(within.map((one) => [one.id, one]));
      return { ok: true, value: [...found.values()] };
    },
  };
}

const usd = (cents: bigint): string => {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
