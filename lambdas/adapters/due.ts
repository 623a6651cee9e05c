/**
 * Due, the on-ramp. Wire shapes: providers.md §2 (due.readme.io: quotes, transfer-flow, wallets, api-error-codes).
 * Due has no idempotency key: `transfer` is one attempt, and what an unknown outcome means is decided in core/on-ramp.
 */
import * as z from 'zod';
import type { Instant } from '../core/ids.ts';
import { decimals, type Minor, parseAmount } from '../core/money.ts';
import type { Answer, OnRamp, Outcome, Transfer } from '../core/ports.ts';
import type { Address, Network } from '../core/withdrawal.ts';
import { callJson, type HttpReply } from './http.ts';

export type DueConfig = { baseUrl: string; apiKey: string; accountId: string; treasury: Address };

/** How the firm's dollars reach Due. */
const sourceRail = 'ach';
const pageLimit = 100;
const pagesMax = 100;

const amountIn = (currency: 'USD' | 'USDC') =>
  z.string().transform((text, context): Minor => {
    // Providers may write more zeros than the currency has decimals; any other digit there would be lost.
    const [whole = '', fraction = ''] = text.split('.');
    const places = decimals[currency];
    const exact = /^0*$/.test(fraction.slice(places));
    const kept = fraction.slice(0, places);
    if (/^0+$/.test(whole) && /^0*$/.test(kept) && exact) return 0n as Minor;
    const amount = exact ? parseAmount(kept === '' ? whole : `${whole}.${kept}`, currency) : null;
    if (amount !== null) return amount;
    context.addIssue({ code: 'custom', message: 'not an amount' });
    return z.NEVER;
  });
/** Due's times carry nanoseconds; ours are milliseconds. */
const time = z
  .string()
  .transform((text) => Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) as Instant);

const QuoteShape = z.object({
  token: z.string().min(1),
  source: z.object({ amount: amountIn('USD'), fee: amountIn('USD').default(0n as Minor) }),
  destination: z.object({ amount: amountIn('USDC') }),
  expiresAt: time,
});
const TransferShape = z.object({
  id: z.string().min(1),
  status: z.string(),
  source: z.object({ amount: amountIn('USD'), fee: amountIn('USD').default(0n as Minor) }),
  destination: z.object({ amount: amountIn('USDC'), id: z.string().nullish() }),
  createdAt: time,
});
const PageShape = z.object({ items: z.array(TransferShape), next: z.string().nullish() });
const LinkedWallets = z.array(z.object({ id: z.string(), address: z.string() }));
/** A bare array as documented; other lists of Due's are pages. */
const WalletsShape = z.union([
  LinkedWallets,
  z.object({ items: LinkedWallets }).transform(({ items }) => items),
]);
const WalletShape = z.object({ id: z.string() });
/** Both error envelopes (providers.md §2.2). */
const ErrorShape = z.object({ code: z.string().optional(), error_code: z.string().optional() });

/** Due adds statuses without notice; one that we do not know is one to wait on. */
const states: Record<string, Transfer['state']> = {
  awaiting_funds: 'pending',
  funds_received: 'pending',
  approved: 'pending',
  payment_submitted: 'pending',
  payment_processed: 'paid',
  manual_review: 'held',
  action_required: 'held',
  refund_submitted: 'held',
  refund_processed: 'returned',
  canceled: 'returned',
  failed: 'failed',
};

const transferFrom = (shape: z.infer<typeof TransferShape>): Transfer => ({
  id: shape.id,
  state: states[shape.status] ?? 'held',
  source: shape.source.amount,
  payout: shape.destination.amount,
  fee: shape.source.fee,
  recipientId: shape.destination.id ?? null,
  createdAt: shape.createdAt,
});

export function dueOnRamp(config: DueConfig): OnRamp {
  const headers = {
    authorization: `Bearer ${config.apiKey}`,
    'due-account-id': config.accountId,
    'content-type': 'application/json',
  };
  const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<HttpReply> =>
    callJson(
      method,
      config.baseUrl + path,
      headers,
      body === undefined ? undefined : JSON.stringify(body),
    );
  const ask = async <T>(shape: z.ZodType<T>, method: 'GET' | 'POST', path: string, body?: object) =>
    answerFrom(shape, await call(method, path, body));

  /** The treasury has one address on all EVM networks, so one linked wallet serves them all. */
  const linkTreasury = async (): Promise<Answer<string>> => {
    const address = `evm:${config.treasury}`;
    const known = await ask(WalletsShape, 'GET', '/v1/wallets');
    if (!known.ok) return known;
    const ours = known.value.find((one) => sameAddress(one.address, config.treasury));
    if (ours !== undefined) return { ok: true, value: ours.id };
    const linked = await ask(WalletShape, 'POST', '/v1/wallets', { address });
    return linked.ok ? { ok: true, value: linked.value.id } : linked;
  };
  let linked: Promise<Answer<string>> | null = null;

  return {
    recipient: async () => {
      linked ??= linkTreasury();
      const answer = await linked;
      if (!answer.ok) linked = null; // Asked again next time.
      return answer;
    },
    quote: async (network: Network, amount: Minor) => {
      const answer = await ask(QuoteShape, 'POST', '/v1/transfers/quote', {
        source: { rail: sourceRail, currency: 'USD', amount: usd(amount) },
        destination: { rail: network, currency: 'USDC', amount: '0' },
      });
      if (!answer.ok) return answer;
      const { token, source, destination, expiresAt } = answer.value;
      if (source.amount !== amount)
        return { ok: false, refused: false, why: 'quote for another amount' };
      return {
        ok: true,
        value: {
          token,
          source: source.amount,
          payout: destination.amount,
          fee: source.fee,
          expiresAt,
        },
      };
    },
    transfer: async (quote, recipient) =>
      outcomeFrom(await call('POST', '/v1/transfers', { quote, recipient })),
    status: async (id) => {
      const answer = await ask(TransferShape, 'GET', `/v1/transfers/${encodeURIComponent(id)}`);
      return answer.ok ? { ok: true, value: transferFrom(answer.value) } : answer;
    },
    transfersBetween: async (from, to) => {
      const found: Transfer[] = [];
      let next: string | null = null;
      for (let page = 0; page < pagesMax; page += 1) {
        const query = new URLSearchParams({
          limit: String(pageLimit),
          order: 'desc',
          startDate: new Date(from).toISOString(),
          endDate: new Date(to).toISOString(),
          ...(next === null ? {} : { next }),
        });
        const answer: Answer<z.infer<typeof PageShape>> = await ask(
          PageShape,
          'GET',
          `/v1/transfers?${query}`,
        );
        if (!answer.ok) return answer;
        found.push(...answer.value.items.map(transferFrom));
        next = answer.value.next ?? null;
        if (next === null || next === '')
          // Not every provider honours the window; we do.
          return {
            ok: true,
            value: found.filter(({ createdAt }) => createdAt >= from && createdAt <= to),
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

const codeIn = (body: unknown): string => {
  const { data } = ErrorShape.safeParse(body);
  return data?.code ?? data?.error_code ?? 'unknown_error';
};

/** 4xx that say nothing about the request itself: limits, time-outs, and our own credentials. */
const notAboutTheRequest = new Set([401, 403, 408, 425, 429]);
const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && !notAboutTheRequest.has(status);

function answerFrom<T>(shape: z.ZodType<T>, reply: HttpReply): Answer<T> {
  if (reply.reply !== 'answered') return { ok: false, refused: false, why: reply.why };
  if (reply.status < 200 || reply.status >= 300)
    return {
      ok: false,
      refused: isRefusal(reply.status),
      why: `${reply.status} ${codeIn(reply.body)}`,
    };
  const parsed = shape.safeParse(reply.body);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, refused: false, why: 'an answer of another shape than documented' };
}

/** The classification of reliability.md §4.0.1: certain only when the provider says so in its documented words. */
function outcomeFrom(reply: HttpReply): Outcome<Transfer> {
  if (reply.reply !== 'answered') return { outcome: 'UNKNOWN', why: reply.why };
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    const parsed = TransferShape.safeParse(body);
    return parsed.success
      ? { outcome: 'APPLIED', value: transferFrom(parsed.data) }
      : { outcome: 'UNKNOWN', why: 'an answer of another shape than documented' };
  }
  const code = codeIn(body);
  const documented = isRefusal(status) && code.startsWith('err_');
  return documented
    ? { outcome: 'NOT_APPLIED', code }
    : { outcome: 'UNKNOWN', why: `${status} ${code}` };
}
