/** The same call through the SDK alone and through the thin path, with scripted answers, and everything that can be seen of it. */
import { Readable } from 'node:stream';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { thin } from '../../lambdas/adapters/aws/thin/thin.ts';
import { countCalls, counted } from '../../lambdas/adapters/dynamo/usage.ts';

export type Answer =
  | { status?: number; headers?: Record<string, string>; body: object | string }
  | { fails: Error }
  | { breaks: Error; after: string };
export type Sent = {
  protocol: string;
  hostname: string;
  port?: number;
  method: string;
  path: string;
  query: object;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Whether the thin path has made it, which makes no instance of the SDK's class. */
  isThin: boolean;
};

export type Service = 'document' | 'raw' | 'sqs' | 'events';
/** What all clients of the SDK have, without the types of their commands. */
export type AnyClient = {
  config: {
    systemClockOffset: number;
    retryStrategy: () => Promise<{ capacity: number }>;
    signer: () => Promise<{ sign(request: object, options: object): Promise<Sent> }>;
    requestHandler: object;
  };
  middlewareStack: { add(middleware: unknown, options: object): void };
  send(command: unknown, options?: object): Promise<object>;
};
export type Rig = { client: AnyClient; sent: Sent[]; answers: Answer[] };

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** A client of its own whose requests are answered by `answers`, in turn. */
export function rig(service: Service, isThin: boolean, config: DynamoDBClientConfig = {}): Rig {
  const sent: Sent[] = [];
  const answers: Answer[] = [];
  const handle = async (request: Omit<Sent, 'isThin'>) => {
    sent.push({
      ...request,
      headers: { ...request.headers },
      isThin: Object.getPrototypeOf(request) === Object.prototype,
    });
    const answer = answers.shift();
    if (answer === undefined) throw new Error('asked once more than was foreseen');
    if ('fails' in answer) throw answer.fails;
    return { response: responseOf(answer) };
  };
  const all = {
    region: 'eu-central-1',
    credentials,
    requestHandler: { handle },
    ...config,
  };
  return { client: clientOf(service, isThin, all), sent, answers };
}

export function clientOf(
  service: Service,
  isThin: boolean,
  config: DynamoDBClientConfig,
): AnyClient {
  const raw = rawClientOf(service, config);
  countCalls(raw.middlewareStack as never);
  if (isThin) thin(raw, counted);
  if (service !== 'document') return raw as unknown as AnyClient;
  return DynamoDBDocumentClient.from(raw as DynamoDBClient, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  }) as unknown as AnyClient;
}

function rawClientOf(service: Service, config: DynamoDBClientConfig) {
  if (service === 'sqs') return new SQSClient(config as object);
  if (service === 'events') return new EventBridgeClient(config as object);
  return new DynamoDBClient(config);
}

async function* breaking(after: string, error: Error) {
  yield Buffer.from(after);
  throw error;
}

function responseOf(answer: Exclude<Answer, { fails: Error }>) {
  if ('breaks' in answer)
    return {
      statusCode: 200,
      headers: {},
      body: Readable.from(breaking(answer.after, answer.breaks)),
    };
  const { status = 200, headers = {}, body } = answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    statusCode: status,
    headers: { 'x-amzn-requestid': 'REQUEST', ...headers },
    body: Readable.from([Buffer.from(text)]),
  };
}

/** What came of a call, in a form that can be compared. */
export async function outcomeOf(call: () => Promise<object>): Promise<object> {
  try {
    return { answered: await call() };
  } catch (error) {
    const { name, message, $response, cause, ...own } = error as Error & {
      $response?: { statusCode: number };
    };
    const { name: of } = (error as Error).constructor;
    const status = $response?.statusCode;
    return { threw: { name, message, class: of, status, cause, ...own } };
  }
}

const isOfTheMoment = new Set(['amz-sdk-invocation-id', 'x-amz-date', 'authorization']);

/** What a request says, without what differs from moment to moment. */
export const wordsOf = ({ headers, body, isThin: _, ...request }: Sent): object => ({
  protocol: request.protocol,
  host: `${request.hostname}:${request.port}`,
  line: `${request.method} ${request.path}`,
  query: { ...request.query },
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isOfTheMoment.has(name) ? '…' : value]),
  ),
  body: new TextDecoder().decode(body),
});

/** Whether the SDK's own signer gives the request this signature. */
export async function isSigned({ client }: Rig, { isThin: _, ...request }: Sent): Promise<boolean> {
  const { authorization, 'x-amz-date': longDate = '', ...headers } = request.headers;
  const iso = longDate.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const [, region, service] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(authorization ?? '') ?? [];
  const signer = await client.config.signer();
  const { 'x-amz-content-sha256': _hash, 'x-amz-security-token': _token, ...unsigned } = headers;
  const signed = await signer.sign(
    { ...request, headers: unsigned },
    { signingDate: new Date(iso), signingRegion: region, signingService: service },
  );
  return signed.headers['authorization'] === authorization;
}
