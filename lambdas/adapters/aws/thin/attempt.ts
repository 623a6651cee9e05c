/** Makes the first attempt of a call, and reads its answer if that is a success and plain. */
import { randomUUID } from 'node:crypto';
import type {
  AwsCredentialIdentity,
  BuildMiddleware,
  HttpRequest,
  HttpResponse,
  RetryStrategyV2,
} from '@smithy/types';
import { systemClock } from '../../net/clock.ts';
import { broken, collect } from './body.ts';
import { type Args, type Attempt, after, type Result, type Theirs } from './by-sdk.ts';
import { offsetAfter } from './clock-skew.ts';
import type { Kind } from './kind.ts';
import { invocationHeader, requestFrom, type Skeleton, traceHeader } from './skeleton.ts';
import type { Call } from './stack.ts';

/** What a client of the SDK resolves its settings to, as far as an attempt needs it. */
export type Config = {
  credentials: () => Promise<AwsCredentialIdentity>;
  retryStrategy: () => Promise<object>;
  disableClockSkewCorrection?: () => Promise<boolean>;
  systemClockOffset: number;
};
export type Client = Theirs & {
  config: Config;
  /** The SDK's middleware that hands on the trace of the invocation. */
  trace: BuildMiddleware<object, object> | undefined;
  longDate: (at: number) => string;
};
type Strategy = RetryStrategyV2 & { mode?: string };

/** Answers `null`, without having sent anything, when it is a call that the SDK should make. */
export async function attempt(
  client: Client,
  call: Call,
  {
    kind,
    skeleton,
    credentials,
  }: { kind: Kind; skeleton: Skeleton; credentials: AwsCredentialIdentity | null },
  args: Args,
): Promise<Awaited<Result> | null> {
  const { config } = client;
  const strategy = (await config.retryStrategy()) as Strategy;
  // Any other one waits for its turn before a first attempt, too.
  if (strategy.mode !== 'standard') return null;
  const body = orNull(() => Buffer.from(kind.codec.write(args.input)));
  if (body === null) return null;
  const correctsClock = skeleton.signing !== null && !(await config.disableClockSkewCorrection?.());
  const sentAt = systemClock.now();
  const request = requestFrom(skeleton, {
    body,
    invocationId: randomUUID(),
    longDate: client.longDate(sentAt + (correctsClock ? config.systemClockOffset : 0)),
    credentials,
  });
  if (!(await isTraced(client, call, request))) return null;

  const token = await strategy.acquireInitialRetryToken('');
  const goOn = (outcome: Attempt['outcome']) =>
    after(client, call, args, { invocationId: request.headers[invocationHeader] ?? '', outcome });
  let response: HttpResponse;
  try {
    ({ response } = (await call.send({ input: args.input, request })) as {
      response: HttpResponse;
    });
  } catch (error) {
    return goOn({ error });
  }
  if (response.statusCode >= 300) return goOn({ response });
  const read = await readPlain(kind, args.input, response);
  if ('body' in read) return goOn({ response: Object.assign(response, read) });
  strategy.recordSuccess(token);
  if (correctsClock)
    config.systemClockOffset = offsetAfter(response, {
      before: config.systemClockOffset,
      sentAt,
      receivedAt: systemClock.now(),
    });
  return { response, output: Object.assign(read.output, { $metadata: metadataOf(response) }) };
}

/** Whether the request has what the SDK adds for the trace of the invocation, which is not signed, and no more than that. */
async function isTraced({ trace }: Client, { context }: Call, request: HttpRequest) {
  if (trace === undefined) return true;
  const before = Object.keys(request.headers).length;
  await trace(async () => ({ response: {}, output: {} }), context)({ input: {}, request });
  const added = Object.keys(request.headers).length - before;
  return added === 0 || (added === 1 && traceHeader in request.headers);
}

/** The output; or the body, as the SDK would have found it, when it is the SDK that should read it. */
async function readPlain(
  { codec, check }: Kind,
  input: object,
  response: HttpResponse,
): Promise<{ output: object } | { body: unknown }> {
  let body: Buffer;
  try {
    body = await collect(response.body);
  } catch (error) {
    return { body: broken(error) };
  }
  const output = orNull(() => {
    const read = body.byteLength === 0 ? {} : codec.read(JSON.parse(body.toString()));
    check(input, read);
    return read;
  });
  return output === null ? { body } : { output };
}

/** The same as of an answer that the SDK has read (@smithy/core, HttpProtocol, deserializeMetadata). */
const metadataOf = ({ statusCode, headers }: HttpResponse) => ({
  httpStatusCode: statusCode,
  requestId:
    headers['x-amzn-requestid'] ?? headers['x-amzn-request-id'] ?? headers['x-amz-request-id'],
  extendedRequestId: headers['x-amz-id-2'],
  cfId: headers['x-amz-cf-id'],
  attempts: 1,
  totalRetryDelay: 0,
});

/** Whatever is thrown while a value is turned is a doubt: the SDK turns it again, and throws what it has to say of it. */
function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
