/** `drawbridge listen`: an endpoint of its own for as long as it runs. What it receives is verified, and printed or forwarded. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  verifyWebhook,
  type WebhookEvent,
  WebhookVerificationError,
} from '../../client/src/index.ts';
import { noAnswerIn, usageError } from '../command.ts';
import {
  apiOf,
  type Command,
  countOf,
  note,
  noWords,
  optionsIn,
  say,
  sayJson,
  untilInterrupted,
} from './command-line.ts';
import { exits } from './exits.ts';
import { deleteLeft, listenerName, thisMachine } from './left-listeners.ts';

const text = { type: 'string' } as const;
/** The API waits ten seconds for an answer; who is forwarded to gets a little less. */
const forwardMs = 9_000;
const bytesMax = 1 << 20;

export const listen: Command = {
  usage: `usage: drawbridge listen [--events <a,b>] [--forward-to <URL>] [options]

  --events <*>          what to receive: names, or beginnings such as withdrawal.*
  --forward-to <URL>    hands each verified event on, as it came; its answer is the answer, so what fails is sent again
  --count <n>           ends after so many events that were taken
  --port <n>            listens there, and not at any port that is free
  --url <https URL>     how the API reaches this port: a deployed one needs a tunnel
  --json                the events, one a line

It makes a webhook endpoint and deletes it when it ends (Ctrl-C). What one that was killed has left behind, the next one on this
machine deletes. The key needs webhooks:read and webhooks:write.`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      ...{ events: text, 'forward-to': text, count: text, port: text, url: text },
    });
    noWords(positionals);
    const { drawbridge } = apiOf();
    const forwardTo = values['forward-to'];
    if (forwardTo !== undefined && !/^https?:\/\//.test(forwardTo))
      usageError('--forward-to takes a URL, such as http://127.0.0.1:3000/hooks.');
    const port = countOf('--port', values.port) ?? 0;
    if (port > 65_535) usageError(`There is no port ${port}.`);
    const count = countOf('--count', values.count) ?? Number.POSITIVE_INFINITY;
    const stop = untilInterrupted();
    const enough = new AbortController();
    let secret = '';
    let received = 0;

    /** The answer to one request. */
    const receive = async (request: IncomingMessage): Promise<Answer> => {
      const body = await bodyOf(request);
      if (body === null) return { status: 413 };
      const event = await verifyWebhook(secret, { headers: request.headers, body }).catch(
        (error: unknown) => {
          if (!(error instanceof WebhookVerificationError)) throw error;
          note(`Refused: ${error.message}.`);
          return null;
        },
      );
      if (event === null) return { status: 401 };
      const answer =
        forwardTo === undefined ? { status: 204 } : await forwarded(forwardTo, request, body);
      const { status } = answer;
      if (values.json) sayJson(forwardTo === undefined ? event : { event, forwarded: status });
      else say(lineOf(event) + (forwardTo === undefined ? '' : ` → ${status}`));
      // What was not taken comes again, and is the same event still.
      if (status >= 200 && status < 300 && ++received >= count) enough.abort();
      return answer;
    };
    const server = createServer((request, response) => {
      receive(request).then(
        ({ status, retryAfter }) =>
          response.writeHead(status, retryAfter ? { 'retry-after': retryAfter } : {}).end(),
        (error: unknown) => {
          note(`An event could not be received: ${error}`);
          response.writeHead(500).end();
        },
      );
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const machine = thisMachine();
      for (const id of await deleteLeft(drawbridge, machine))
        note(`${id} is deleted: its listener is gone.`);
      const endpoint = await drawbridge.webhookEndpoints.create({
        url: values.url ?? here,
        events: (values.events ?? '*').split(',') as ['*'],
        description: listenerName(machine),
      });
      secret = endpoint.secret;
      note(
        `${endpoint.id} receives ${endpoint.events.join(', ')} at ${endpoint.url}. Ctrl-C ends it.`,
      );
      if (forwardTo !== undefined) note(`What verifies them at ${forwardTo} needs ${secret}`);
      try {
        const ended = AbortSignal.any([stop, enough.signal]);
        if (!ended.aborted) await once(ended, 'abort');
      } finally {
        await drawbridge.webhookEndpoints.delete(endpoint.id);
        note(`${endpoint.id} is deleted.`);
      }
    } finally {
      server.close();
      server.closeIdleConnections();
    }
    return stop.aborted ? exits.interrupted : exits.done;
  },
};

/** The body; `null`: it is longer than any event is. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > bytesMax) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

type Answer = { status: number; retryAfter?: string | null };

/** Hands on what was signed with what it was signed by, so that the receiver can verify it with the endpoint's secret. */
async function forwarded(to: string, { headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const names = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const sent = names.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  try {
    const signal = AbortSignal.timeout(forwardMs);
    const response = await fetch(to, {
      ...{ method: 'POST', headers: sent, body: new Uint8Array(body), signal, redirect: 'manual' },
    });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    const why = (noAnswerIn(error) ?? (error as Error)).message;
    note(`${to} gave no answer (${why}); the event is sent again.`);
    return { status: 502 };
  }
}

function lineOf({ timestamp, type, data }: WebhookEvent): string {
  const { id, status, amount } = data as Partial<Record<string, string>>;
  return [timestamp, type, id, status, amount].filter((one) => one !== undefined).join('  ');
}
