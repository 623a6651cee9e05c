/** Answers EventBridge's calls (JSON 1.1) that put events, and that manage buses and rules whose targets are queues. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { EventBusEngine } from './event-bus.ts';
import { inputs } from './event-bus-inputs.ts';
import { operationsOn } from './event-bus-operations.ts';
import { Refusal } from './event-bus-refusal.ts';

const prefix = 'AWSEvents.';
const bodyBytesMax = 4 * 1024 * 1024;

/** Answers a request whose target is of EventBridge. */
export function eventBusApi(engine: EventBusEngine) {
  const operations = operationsOn(engine);
  const isKnown = (name: string): name is keyof typeof inputs => Object.hasOwn(inputs, name);
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const name = String(request.headers['x-amz-target']).slice(prefix.length);
    const input = await jsonOf(request);
    if (!isKnown(name))
      throw new Refusal('UnknownOperationException', `${name} is not something that is here.`);
    const run = operations[name] as (input: unknown) => unknown;
    return await run(inputs[name].parse(input));
  };
  return {
    takes: (target: string): boolean => target.startsWith(prefix),
    listener: (request: IncomingMessage, response: ServerResponse): void => {
      answer(request)
        .then((output) => send(response, 200, output))
        .catch((error: unknown) => {
          if (response.destroyed) return; // The client has disconnected.
          if (error instanceof Refusal)
            return send(response, 400, { __type: error.type, message: error.message });
          if (error instanceof z.ZodError)
            return send(response, 400, {
              __type: 'ValidationException',
              message: z.prettifyError(error),
            });
          console.error('The local EventBridge failed', error);
          return send(response, 500, { __type: 'InternalException', message: 'See its output.' });
        });
    },
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

/** The JSON of a body. A body that is too long is read to its end all the same, so that the client sees the answer. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  if (bytes > bodyBytesMax) throw new Refusal('RequestEntityTooLarge', 'The body is too long.');
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    throw new Refusal('SerializationException', 'The body is no JSON.');
  }
}
