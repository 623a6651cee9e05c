/** Calls Alpaca: HTTP Basic authentication, one attempt each. */
import * as z from 'zod';
import type { Answer } from '../../core/kernel/outcome.ts';
import { callJson, type HttpReply } from '../net/http.ts';
import { answerFrom } from './replies.ts';

export type AlpacaConfig = {
  baseUrl: string;
  keyId: string;
  secretKey: string;
  firmAccountId: string;
};

type Method = 'GET' | 'POST' | 'DELETE';

const rowsUnread = z.array(z.unknown());
const listBytesMax = 16 * 1024 * 1024;

/** The ways to call: `call` gives the reply as it came, the others read it. `request` passes circuit breakers, if any. */
export function alpacaCalls(config: AlpacaConfig, request = callJson) {
  const authorization = `Basic ${Buffer.from(`${config.keyId}:${config.secretKey}`).toString('base64')}`;
  const call = (
    method: Method,
    path: string,
    {
      bytes,
      key,
      answerBytesMax,
    }: { bytes?: string; key?: string; answerBytesMax?: number | undefined } = {},
  ): Promise<HttpReply> =>
    request(
      method,
      config.baseUrl + path,
      {
        authorization,
        ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      bytes,
      answerBytesMax,
    );
  /** An answer about another id than the one asked for counts as no answer. */
  const askAbout = async <T extends { id: string }>(
    shape: z.ZodType<T>,
    id: string,
    path: string,
  ): Promise<Answer<T>> => {
    const answer = answerFrom(shape, await call('GET', path));
    return answer.ok && answer.value.id !== id
      ? { ok: false, refused: false, why: 'an answer about another one' }
      : answer;
  };
  const askForList = (path: string): Promise<HttpReply> =>
    call('GET', path, { answerBytesMax: listBytesMax });
  return {
    call,
    askAbout,
    askForList,
    /** The rows of a list, unread: others' may have shapes that nobody documents. */
    list: async (path: string) => rowsIn(await askForList(path)),
  };
}

export const rowsIn = (reply: HttpReply): Answer<unknown[]> => answerFrom(rowsUnread, reply);
