/** Answers requests in forms: SQS's query protocol, and STS, which has no other. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SqsAnswer, SqsEngine } from './sqs-engine.ts';
import { queryAnswer, queryError, queryRequest } from './sqs-query.ts';

type Engine = Pick<SqsEngine, 'answer'>;

/** SQS takes a batch of 1 MiB, each byte of which may be three characters in a form. */
const formBytesMax = 4 * 1024 * 1024;
const formType = 'application/x-www-form-urlencoded';

/** Reads a form and answers it in XML. The SDKs get a 500, which they retry, when the engine fails. */
export function answerForm(sqs: Engine, incoming: IncomingMessage, out: ServerResponse): void {
  answerTo(sqs, incoming).then(
    ({ status, contentType, body }) => {
      out.writeHead(status, { 'content-type': contentType });
      out.end(body);
    },
    (error: unknown) => {
      if (out.destroyed) return; // The client has disconnected.
      console.error('A form to the AWS endpoint was not answered:', error);
      out.writeHead(500).end(); // The SDKs retry a 500.
    },
  );
}

async function answerTo(sqs: Engine, incoming: IncomingMessage): Promise<SqsAnswer> {
  const id = randomUUID();
  const text = await textOf(incoming);
  if (text === null) return xml(413, queryError('RequestTooLarge', 'Too large a form.', 413, id));
  const form = new URLSearchParams(text);
  // The engine itself answers STS, which knows every caller.
  if (form.get('Action') === 'GetCallerIdentity')
    return sqs.answer({ 'content-type': formType }, text);
  const path = new URL(incoming.url ?? '/', 'http://aws').pathname;
  const { action, input } = queryRequest(form, path);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${action}`,
    // The header names the region.
    ...(incoming.headers.authorization && { authorization: incoming.headers.authorization }),
  };
  const { status, body } = await sqs.answer(headers, JSON.stringify(input));
  const output = JSON.parse(body);
  if (status === 200) return xml(200, queryAnswer(action, output, id));
  return xml(status, queryError(String(output.__type), String(output.message), status, id));
}

const xml = (status: number, body: string): SqsAnswer => ({
  status,
  contentType: 'text/xml',
  body,
});

/** The body, or null when it is too long. It is read to its end all the same, so that the client sees the answer. */
async function textOf(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= formBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > formBytesMax ? null : Buffer.concat(chunks).toString();
}
