/** Posts JSON to a program of this machine, over connections that are kept. `fetch` would cost three times as much. */
import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

const agent = new Agent({ keepAlive: true });

type Posted = { status: number; text: string };
type PostOptions = { headers?: Record<string, string>; signal?: AbortSignal };

/** The whole answer. Throws when none comes in time, or before it is called off. */
export async function post(
  url: string,
  body: string,
  timeoutMs: number,
  { headers = {}, signal }: PostOptions = {},
): Promise<Posted> {
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const options = {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal && { signal }),
  };
  const request = httpRequest(url, options, (answer) => {
    const { statusCode: status = 0 } = answer;
    text(answer).then((whole) => resolve({ status, text: whole }), reject);
  });
  const late = setTimeout(() => {
    // A connection that has become another protocol's tells the request nothing.
    reject(new Error('no answer in time'));
    request.destroy();
  }, timeoutMs);
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}
