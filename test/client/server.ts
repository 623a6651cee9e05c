/** Answers of an API that are laid down before, and what was asked: for the client's conduct, not for the API's. */
import { Drawbridge, type Options } from '../../client/src/index.ts';

export type Laid =
  | { status?: number; body?: unknown; headers?: Record<string, string> }
  | Error
  | 'never';
export type Asked = { url: string; method: string; headers: Record<string, string>; body: unknown };

/** A client whose calls get these answers, one after the other; the last one stays. */
export function laidDown(answers: readonly Laid[], options: Partial<Options> = {}) {
  const asked: Asked[] = [];
  const answer: typeof fetch = async (url, init = {}) => {
    const headers = init.headers as Record<string, string>;
    asked.push({ url: String(url), method: init.method ?? '', headers, body: init.body });
    const laid = answers[Math.min(asked.length, answers.length) - 1];
    if (laid instanceof Error) throw laid;
    if (laid === 'never' || laid === undefined)
      return new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    const { status = 200, body, headers: said = {} } = laid;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return new Response(status === 204 ? null : text, { status, headers: said });
  };
  const drawbridge = new Drawbridge({
    ...{ apiKey: 'dk_secret', baseUrl: 'https://api.example/', fetch: answer },
    ...options,
  });
  return { drawbridge, asked };
}

export const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: {
    ...{ type: `urn:drawbridge:error:${code}`, title: 'Title', status, detail: 'Detail.' },
    ...{ code, requestId: 'r-1' },
    ...more,
  },
});
