/**
 * The on-ramp port on Due's API (due.readme.io/docs: quotes, transfer-flow, wallets). Due documents no idempotency key, so
 * `transfer` is one attempt and core/on-ramp decides what an UNKNOWN outcome means.
 */
import type * as z from 'zod';
import type { Minor } from '../../core/kernel/money.ts';
import type { Address, Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { OnRamp, Transfer } from '../../core/on-ramp/provider.ts';
import type { PayIn } from '../../core/store/conversion-record.ts';
import { callJson, type HttpReply } from '../net/http.ts';
import { answerFrom, outcomeFrom } from './answers.ts';
import { QuoteShape, TransferShape, TransfersPage, WalletShape, WalletsShape } from './shapes.ts';

export type DueConfig = { baseUrl: string; apiKey: string; accountId: string; treasury: Address };

const pageLimit = 100;
const pagesMax = 100;

/** Calls Due with the headers that every request needs, one attempt each. `request` passes circuit breakers, if any. */
export function dueCalls(config: DueConfig, request = callJson) {
  const headers = {
    authorization: `Bearer ${config.apiKey}`,
    'due-account-id': config.accountId,
    'content-type': 'application/json',
  };
  const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<HttpReply> =>
    request(
      method,
      config.baseUrl + path,
      headers,
      body === undefined ? undefined : JSON.stringify(body),
    );
  const ask = async <T>(shape: z.ZodType<T>, method: 'GET' | 'POST', path: string, body?: object) =>
    answerFrom(shape, await call(method, path, body));
  return { call, ask };
}

/** The id of our treasury's wallet at Due, linked when it is not yet. It has the same address on all EVM networks. */
export function linkedTreasury(
  config: DueConfig,
  request = callJson,
): () => Promise<Answer<string>> {
  const { ask } = dueCalls(config, request);
  const link = async (): Promise<Answer<string>> => {
    const known = await ask(WalletsShape, 'GET', '/v1/wallets');
    if (!known.ok) return known;
    const ours = known.value.find((one) => sameAddress(one.address, config.treasury));
    if (ours !== undefined) return { ok: true, value: ours.id };
    const address = `evm:${config.treasury}`;
    const linked = await ask(WalletShape, 'POST', '/v1/wallets', { address });
    return linked.ok ? { ok: true, value: linked.value.id } : linked;
  };
  let linked: Promise<Answer<string>> | null = null;
  return async () => {
    linked ??= link();
    const answer = await linked;
    if (!answer.ok) linked = null; // The next call asks again.
    return answer;
  };
}

/** Due's name for the rail that our dollars arrive by. Virtual accounts receive wires. */
const railOf: Record<PayIn, string> = { ach: 'ach', wire: 'wire', 'virtual-account': 'wire' };

/** The OnRamp port, one attempt for each call. `request` passes circuit breakers, where there are any. */
export function dueOnRamp(config: DueConfig, request = callJson): OnRamp {
  const { call, ask } = dueCalls(config, request);
  return {
    recipient: linkedTreasury(config, request),
    quote: async (network: Network, amount: Minor, payIn: PayIn) => {
      const answer = await ask(QuoteShape, 'POST', '/v1/transfers/quote', {
        source: { rail: railOf[payIn], currency: 'USD', amount: usd(amount) },
        destination: { rail: network, currency: 'USDC', amount: '0' },
      });
      return answer.ok && answer.value.source !== amount
        ? { ok: false, refused: false, why: 'quote for another amount' }
        : answer;
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
    transfersBetween: async (from: Instant, to: Instant) => {
      const found = new Map<string, Transfer>();
      let next: string | null = null;
      for (let page = 0; page < pagesMax; page += 1) {
        const query = new URLSearchParams({
          limit: String(pageLimit),
          order: 'desc',
          startDate: new Date(from).toISOString(),
          endDate: new Date(to).toISOString(),
          ...(next === null ? {} : { next }),
        });
        const answer: Answer<z.infer<typeof TransfersPage>> = await ask(
          TransfersPage,
          'GET',
          `/v1/transfers?${query}`,
        );
        if (!answer.ok) return answer;
        for (const one of answer.value.items) found.set(one.id, one);
        next = answer.value.next ?? null;
        if (next === null || next === '')
          // The window is applied here as well, because a provider may ignore it.
          return {
            ok: true,
            value: [...found.values()].filter(
              ({ createdAt }) => createdAt >= from && createdAt <= to,
            ),
          };
      }
      return { ok: false, refused: false, why: 'more pages of transfers than expected' };
    },
  };
}

const usd = (cents: bigint): string => {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

const sameAddress = (theirs: string, ours: Address): boolean =>
  theirs.replace(/^evm:/, '').toLowerCase() === ours.toLowerCase();
