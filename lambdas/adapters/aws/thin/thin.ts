/**
 * The thin path under the AWS SDK's commands, for DynamoDB, SQS and EventBridge: it does only what happens nearly always, at a fraction
 * of the SDK's work, and leaves everything else to the SDK (docs/decisions/0037-a-thin-path.md).
 *
 * The SDK makes the first request of each kind. Its like are made here from then on, if ours is the same to the last byte.
 * The answer is read here if it is a success and plain. Otherwise the SDK's own stack goes on with that answer, or with that
 * error, as the outcome of its first attempt: errors, retries, waits and the correction of the clock are all its own.
 */
import { NoOpLogger } from '@smithy/core/client';
import type { BuildMiddleware } from '@smithy/types';
import { attempt, type Client, type Config } from './attempt.ts';
import { bytesOf } from './body.ts';
import { type Args, bySdk, type Onlooker, type Result, watched } from './by-sdk.ts';
import { type Kind, makeKinds, type Translation } from './kind.ts';
import { makeLongDate } from './sign.ts';
import { fits, skeletonOf } from './skeleton.ts';
import { type Call, middlewareOf, type Stack, withWay } from './stack.ts';

/** Gives a client the thin path. Each call goes first through the middleware named `passed`, whichever way it takes then. */
export function thin<C extends { config: object; middlewareStack: unknown }>(
  sdk: C,
  passed: string,
): C {
  const below = sdk.middlewareStack as Stack;
  const config = sdk.config as Config & { translateConfig?: Translation };
  const middleware = middlewareOf(below);
  const trace = middleware.get('recursionDetectionMiddleware') as
    | BuildMiddleware<object, object>
    | undefined;
  const client: Client = { below, passed, config, trace, longDate: makeLongDate() };
  const kindOf = makeKinds(() => config.translateConfig);
  const outermost = middleware.get(passed);
  if (outermost === undefined) throw new Error(`The client has no middleware ${passed}.`);
  sdk.middlewareStack = withWay(below, (call) => {
    const { logger } = call.context;
    // Its class and not that class's name, which is another one in a bundle.
    if (logger !== undefined && !(logger instanceof NoOpLogger)) return null;
    return outermost((args) => carry(call, args), call.context);
  });
  return sdk;

  async function carry(call: Call, { input, ...rest }: Args): Result {
    const kind = kindOf(call.own, call.context, input);
    if (kind === null) return bySdk(client, call, { ...rest, input });
    const args = { ...rest, input: kind.codec.withToken(input) };
    const { skeleton } = kind;
    if (skeleton === 'never') return bySdk(client, call, args);
    const credentials = skeleton?.signing == null ? null : await config.credentials();
    if (skeleton === null || !fits(skeleton, credentials))
      return watched(client, call, args, learn(kind, args.input));
    const used = { kind, skeleton, credentials };
    return (await attempt(client, call, used, args)) ?? bySdk(client, call, args);
  }
}

/** After so many requests that were not the same it is no chance. */
const missesMax = 3;

/** Learns from the first attempt of a call what all of its kind have in common. */
const learn =
  (kind: Kind, input: object): Onlooker =>
  (request, credentials) => {
    if (!request.headers['amz-sdk-request']?.startsWith('attempt=1;')) return;
    try {
      const isSameBody = bytesOf(request.body).equals(Buffer.from(kind.codec.write(input)));
      kind.skeleton = isSameBody ? skeletonOf(request, credentials) : null;
      if (kind.skeleton === null) kind.misses += 1;
      if (kind.misses >= missesMax) kind.skeleton = 'never';
    } catch {
      // This input is one for the SDK; the next one may be plain.
    }
  };
