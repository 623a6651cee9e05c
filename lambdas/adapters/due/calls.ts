/** Calls Due with the headers that every request needs, one attempt each, and reads its lists to their end. */
import type * as z from 'zod';
import { onRampListMs } from '../../core/kernel/limits.ts';
import { type Address, kindOf, type Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { systemClock } from '../net/clock.ts';
import { callJson, type HttpReply } from '../net/http.ts';
import { answerFrom } from './answers.ts';
import { Page, type PageOrArray } from './shapes.ts';

export type DueConfig = {
  baseUrl: string;
  apiKey: string;
  accountId: string;
  /** Our treasury on all EVM networks, where it has the same address; without it nothing is converted for them. */
  treasury?: Address;
  /** Our treasury on Solana; without it nothing is converted for that network. */
  treasuryOnSolana?: Address;
};

/** Our treasury on this network, and the schema of its address by Due's name (due.readme.io/docs/recipients). */
export function treasuryOn(
  { treasury, treasuryOnSolana }: Pick<DueConfig, 'treasury' | 'treasuryOnSolana'>,
  network: Network,
): { schema: 'evm' | 'solana'; address: Address } {
  const kind = kindOf(network);
  const address = { evm: treasury, solana: treasuryOnSolana, bitcoin: undefined }[kind];
  if (kind === 'bitcoin' || address === undefined)
    throw new Error(`the on-ramp pays us nothing on ${network}`);
  return { schema: kind, address };
}

/** Pages of a list in `onRampListMs`; who has more time reads as many more. */
const pagesMax = 100;
export const pagesIn = (listMs: number): number =>
  Math.max(pagesMax, Math.ceil((pagesMax * listMs) / onRampListMs));

/** A list as far as it was read: `spoilt` is one that has to be begun anew. */
export type Reading = {
  is: 'begun' | 'whole' | 'spoilt';
  next: string | null;
  /** When a page of it was answered last. */
  answeredAt: number;
  cursors: Set<string>;
};
export const begin = (): Reading => ({
  ...{ is: 'begun', next: null, cursors: new Set() },
  answeredAt: systemClock.now(),
});

export type List = {
  path: string;
  query: Readonly<Record<string, string>>;
  page: typeof Page | typeof PageOrArray;
  /** Takes the rows of a page, unread. */
  take(items: readonly unknown[]): void;
};
/** What all pages of a look may take together. `pages`: so many are left. */
export type Limits = { deadline: AbortSignal; pages: number };

export const limitsOf = (listMs: number, withinMs = listMs, pages = pagesIn(listMs)): Limits => ({
  deadline: AbortSignal.timeout(Math.max(0, Math.min(Math.floor(withinMs), listMs))),
  pages: withinMs <= 0 ? 0 : pages,
});

/** Statuses by which a provider says that it does not know the place any more from which a list was to go on. */
const noSuchPlace = [400, 404, 410, 422];
/** A place from which nothing has come for so long may be one that it knows no more, whatever it says. */
const placeKeptMs = 10 * 60_000;

/** `request` passes circuit breakers, if any. A list whose pages take longer than `listMs` together is no answer yet. */
export function dueCalls(config: DueConfig, listMs: number, request = callJson) {
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
  /**
   * Reads a list from where it was to its end; or no answer, for the row that is looked for may be on a page that was not read. A page
   * that was not answered is asked for again the next time.
   */
  const readOn = async (
    reading: Reading,
    { path, query, page, take }: List,
    limits: Limits,
  ): Promise<Answer<null>> => {
    for (; limits.pages > 0; limits.pages -= 1) {
      if (limits.deadline.aborted) return noList('a list that takes too long');
      const { next } = reading;
      const asked = new URLSearchParams({ ...query, ...(next === null ? {} : { next }) });
      const reply = await call('GET', asked.size === 0 ? path : `${path}?${asked}`);
      const answer: Answer<z.infer<typeof Page>> = answerFrom(page, reply);
      if (!answer.ok) {
        const isUnknown = reply.reply === 'answered' && noSuchPlace.includes(reply.status);
        const isOld = systemClock.now() - reading.answeredAt > placeKeptMs;
        if (next === null || !(isUnknown || isOld)) return answer;
        reading.is = 'spoilt';
        return noList('a list whose next page is not to be had');
      }
      reading.answeredAt = systemClock.now();
      take(answer.value.items);
      reading.next = answer.value.next;
      if (reading.next === null) {
        reading.is = 'whole';
        reading.cursors.clear();
        return { ok: true, value: null };
      }
      if (reading.cursors.has(reading.next)) {
        reading.is = 'spoilt';
        return noList('a list that comes back to where it was');
      }
      reading.cursors.add(reading.next);
    }
    return noList('more pages than expected');
  };
  /** Every row of every page, unread, or no answer. */
  const rows = async (
    path: string,
    query: Readonly<Record<string, string>>,
    page: typeof Page | typeof PageOrArray = Page,
  ): Promise<Answer<unknown[]>> => {
    const found: unknown[] = [];
    const list = { path, query, page, take: (items: readonly unknown[]) => found.push(...items) };
    const answer = await readOn(begin(), list, limitsOf(listMs));
    return answer.ok ? { ok: true, value: found } : answer;
  };
  return { call, ask, rows, readOn };
}

export const noList = (why: string) => ({ ok: false, refused: false, why }) as const;
