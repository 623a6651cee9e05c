/** Calls Due with the headers that every request needs, one attempt each, and reads its lists to their end. */
import type * as z from 'zod';
import { onRampListMs } from '../../core/kernel/limits.ts';
import { type Address, kindOf, type Network } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
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
/** Lists that did not end are remembered up to so many, and up to so many rows each: one that is longer is begun anew. */
const listsKeptMax = 20;
const rowsKeptMax = 500_000;
type Begun = { found: unknown[]; cursors: Set<string>; next: string | null };

/** `request` passes circuit breakers, if any. A list whose pages take longer than `listMs` together is no answer yet. */
export function dueCalls(config: DueConfig, listMs: number, request = callJson) {
  const pagesNow = Math.max(pagesMax, Math.ceil((pagesMax * listMs) / onRampListMs));
  const unfinished = new Map<string, Begun>();
  const keep = (list: string, begun: Begun): void => {
    const [oldest] = unfinished.keys();
    if (unfinished.size >= listsKeptMax && oldest !== undefined) unfinished.delete(oldest);
    if (begun.found.length <= rowsKeptMax) unfinished.set(list, begun);
  };
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
   * Every row of every page, unread; or no answer, for the row that is looked for may be on a page that was not. A list that
   * nothing is added to any more (`isClosed`) goes on the next time where it was left, whatever its length.
   */
  const rows = async (
    path: string,
    query: Readonly<Record<string, string>>,
    page: typeof Page | typeof PageOrArray = Page,
    {
      withinMs = listMs,
      isClosed = false,
    }: { withinMs?: number | undefined; isClosed?: boolean } = {},
  ): Promise<Answer<unknown[]>> => {
    const deadline = AbortSignal.timeout(Math.max(0, Math.min(Math.floor(withinMs), listMs)));
    const list = `${path}?${new URLSearchParams(query)}`;
    const begun = isClosed ? unfinished.get(list) : undefined;
    unfinished.delete(list);
    const { found, cursors, ...place }: Begun = begun ?? {
      found: [],
      cursors: new Set(),
      next: null,
    };
    let { next } = place;
    const left = (why: string) => {
      if (isClosed) keep(list, { found, cursors, next });
      return noList(why);
    };
    if (withinMs <= 0) return left('no time for a list');
    for (let pages = 0; pages < pagesNow; pages += 1) {
      if (deadline.aborted) return left('a list that takes too long');
      const asked = new URLSearchParams({ ...query, ...(next === null ? {} : { next }) });
      const answer: Answer<z.infer<typeof Page>> = await ask(
        page,
        'GET',
        asked.size === 0 ? path : `${path}?${asked}`,
      );
      if (!answer.ok) return answer;
      found.push(...answer.value.items);
      next = answer.value.next;
      if (next === null) return { ok: true, value: found };
      if (cursors.has(next)) return noList('a list that comes back to where it was');
      cursors.add(next);
    }
    return left('more pages than expected');
  };
  return { call, ask, rows };
}

const noList = (why: string) => ({ ok: false, refused: false, why }) as const;
