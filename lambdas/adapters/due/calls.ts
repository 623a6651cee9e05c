/** Calls Due with the headers that every request needs, one attempt each, and reads its lists to their end. */
import type * as z from 'zod';
import type { Address } from '../../core/kernel/networks.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson, type HttpReply } from '../net/http.ts';
import { answerFrom } from './answers.ts';
import { Page, type PageOrArray } from './shapes.ts';

export type DueConfig = { baseUrl: string; apiKey: string; accountId: string; treasury: Address };

const pagesMax = 100;

/** `request` passes circuit breakers, if any. A list whose pages take longer than `listMs` together is no answer. */
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
  /** Every row of every page, unread; or no answer, for the row that is looked for may be on a page that was not. */
  const rows = async (
    path: string,
    query: Readonly<Record<string, string>>,
    page: typeof Page | typeof PageOrArray = Page,
    withinMs = listMs,
  ): Promise<Answer<unknown[]>> => {
    const deadline = AbortSignal.timeout(Math.min(Math.floor(withinMs), listMs));
    if (withinMs <= 0) return noList('no time for a list');
    const found: unknown[] = [];
    const cursors = new Set<string>();
    let next: string | null = null;
    while (cursors.size < pagesMax) {
      if (deadline.aborted) return noList('a list that takes too long');
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
    return noList('more pages than expected');
  };
  return { call, ask, rows };
}

const noList = (why: string) => ({ ok: false, refused: false, why }) as const;
