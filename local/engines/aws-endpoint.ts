/** The local AWS endpoint: answers SQS and EventBridge in this process, and passes DynamoDB and its streams on to their engine. */
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { EventBusEngine } from './event-bus.ts';
import { eventBusApi } from './event-bus-api.ts';
import type { SqsEngine } from './sqs-engine.ts';
import { answerForm } from './sqs-forms.ts';

export type AwsServices = {
  sqs: Pick<SqsEngine, 'handle' | 'answer'>;
  events: EventBusEngine;
  dynamoPort: number;
};

const connectionsMax = 64;

/** A request listener. It tells the service by a header, so that only forms must be read here. */
export function awsEndpoint({ sqs, events, dynamoPort }: AwsServices) {
  const buses = eventBusApi(events);
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  return {
    listener: (incoming: IncomingMessage, response: ServerResponse): void => {
      const target = String(incoming.headers['x-amz-target'] ?? '');
      if (/^DynamoDB(Streams)?_\d+\./.test(target)) forward(agent, dynamoPort, incoming, response);
      else if (target.startsWith('AmazonSQS.')) sqs.handle(incoming, response);
      else if (buses.takes(target)) buses.listener(incoming, response);
      else if (isForm(incoming)) answerForm(sqs, incoming, response);
      else refuse(response, target);
    },
    close: () => agent.destroy(),
  };
}

const isForm = ({ headers }: IncomingMessage): boolean =>
  String(headers['content-type']).startsWith('application/x-www-form-urlencoded');

function forward(agent: Agent, port: number, incoming: IncomingMessage, out: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = request(
    { agent, host: '127.0.0.1', port, method, path: url, headers },
    (answer) => {
      out.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(out);
    },
  );
  onward.on('error', () => {
    // The SDKs retry a 500 of this type.
    if (out.headersSent) out.destroy();
    else answerJson(out, 500, 'InternalServerError', 'The local DynamoDB engine did not answer.');
  });
  out.on('close', () => {
    if (!out.writableFinished) onward.destroy();
  });
  incoming.pipe(onward);
}

function refuse(response: ServerResponse, target: string): void {
  const asked = target === '' ? 'This request' : target;
  answerJson(
    response,
    400,
    'UnknownOperationException',
    `${asked} is for a service that is not here: this endpoint has SQS, DynamoDB and EventBridge (JSON protocol).`,
  );
}

function answerJson(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `local#${type}`, message }));
}
