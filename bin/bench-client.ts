/** Calls the API as a client does, for the benchmark. */
import { randomUUID } from 'node:crypto';
import { type Agent, request } from 'node:http';
import type { System } from '../local/child.ts';

/** Answers the body. Rejects with what was answered where that is no success. */
export type Call = <T>(method: string, path: string, body?: object, key?: string) => Promise<T>;

export const callerOf = (system: System, agent: Agent): Call => {
  const call: Call = (method, at, body, key = randomUUID()) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: 'Bearer dk_local_alice',
        'content-type': 'application/json',
        'idempotency-key': key,
      };
      const sent = request(system.outputs.apiUrl + at, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(text === '' ? null : JSON.parse(text));
          // Nobody knows then what became of it, so it is sent again with the same key.
          else if (response.statusCode === 503) resolve(call(method, at, body, key));
          else reject(new Error(`${method} ${at}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return call;
};
