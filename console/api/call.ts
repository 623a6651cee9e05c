/** Asks the API. Every answer is a value: a page shows what went wrong beside what it had already. */
import { signal } from '@preact/signals';
import type * as api from '../../client/src/generated/types.ts';

export type Answer<T> =
  | { is: 'ok'; status: number; data: T }
  | { is: 'refused'; status: number; problem: Problem }
  | { is: 'away'; why: string };
export type Problem = Pick<api.Problem, 'title' | 'detail' | 'code' | 'errors'>;

export type Asked = {
  key: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  idempotencyKey?: string;
};

/** The path in front of all operations: a deployed API without a name of its own has its stage there. */
export const basePath = location.pathname.replace(/\/(console\/?)?$/, '');

const timeoutMs = 20_000;

/** Since when the API does not answer; `null`: it does. */
export const awaySince = signal<number | null>(null);

const told = (why: string): { is: 'away'; why: string } => {
  awaySince.value ??= Date.now();
  return { is: 'away', why };
};

export async function ask<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { key, query = {}, body, idempotencyKey }: Asked,
): Promise<Answer<T>> {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const asked = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(basePath + path + asked, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
      credentials: 'omit',
      cache: 'no-store',
    });
    text = await response.text();
  } catch (error) {
    return told(
      error instanceof DOMException && error.name === 'TimeoutError'
        ? `The API did not answer within ${timeoutMs / 1_000} seconds.`
        : 'The API cannot be reached.',
    );
  }
  const { ok, status } = response;
  const read = parsed(text);
  // A problem is an answer of the API. Whatever stands in front of it says something else when the API is away.
  if (read === unreadable || (status >= 500 && !isProblem(read)))
    return told(`The API answered ${status} and said nothing else.`);
  awaySince.value = null;
  if (ok) return { is: 'ok', status, data: read as T };
  return { is: 'refused', status, problem: problemIn(read, status) };
}

const isProblem = (read: unknown): boolean =>
  typeof read === 'object' && read !== null && 'code' in read;

const unreadable = Symbol('unreadable');
function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return unreadable;
  }
}

function problemIn(read: unknown, status: number): Problem {
  const { title, detail, code, errors } = (read ?? {}) as Partial<Problem>;
  return {
    title: title ?? `${status}`,
    detail: detail ?? `The API answered ${status}.`,
    code: code ?? 'INVALID_REQUEST',
    ...(errors === undefined ? {} : { errors }),
  };
}

/** What an answer that is not `ok` says, in one or two sentences. */
export function saidBy(answer: Exclude<Answer<unknown>, { is: 'ok' }>): string {
  if (answer.is === 'away') return answer.why;
  const { detail, errors = [] } = answer.problem;
  const fields = errors.map(
    ({ pointer, detail: said }) => `${pointer.replace(/^#\//, '')}: ${said}`,
  );
  return [detail, ...fields].join(' ');
}
