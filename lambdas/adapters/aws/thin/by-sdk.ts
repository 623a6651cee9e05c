/** Sends a call through the SDK's own stack, with an eye on the request that it makes or with its first attempt already made. */
import type {
  AwsCredentialIdentity,
  FinalizeRequestMiddleware,
  HandlerExecutionContext,
  HttpRequest,
  HttpResponse,
  InitializeHandlerArguments,
} from '@smithy/types';
import { invocationHeader } from './skeleton.ts';
import type { Call, Handle, Send, Stack } from './stack.ts';

export type Args = InitializeHandlerArguments<object>;
export type Result = ReturnType<Handle>;
/** The client's own stack, and the name of the middleware that calls have already been through. */
export type Theirs = { below: Stack; passed: string };
export type Onlooker = (request: HttpRequest, credentials: AwsCredentialIdentity | null) => void;
/** What the first attempt came to, and the id that the SDK gives all attempts of a call. */
export type Attempt = {
  invocationId: string;
  outcome: { response: HttpResponse } | { error: unknown };
};

function stackOf({ below, passed }: Theirs, { own }: Call): Stack {
  const stack = below.concat(own);
  stack.remove(passed);
  return stack;
}

export const bySdk = (theirs: Theirs, call: Call, args: Args): Result =>
  stackOf(theirs, call).resolve(call.send, call.context)(args);

/** Shows `onlooker` each request as it is sent. */
export function watched(theirs: Theirs, call: Call, args: Args, onlooker: Onlooker): Result {
  const stack = stackOf(theirs, call);
  const watch: FinalizeRequestMiddleware<object, object> = (next) => (sending) => {
    onlooker(sending.request as HttpRequest, credentialsIn(call.context));
    return next(sending);
  };
  // That is behind the retries and the signature.
  stack.add(watch, { name: 'thinWatch', step: 'finalizeRequest', priority: 'low' });
  return stack.resolve(call.send, call.context)(args);
}

const credentialsIn = (context: HandlerExecutionContext): AwsCredentialIdentity | null => {
  const scheme = context['__smithy_context']?.selectedHttpAuthScheme;
  return (scheme?.identity as AwsCredentialIdentity | undefined) ?? null;
};

/** Has the SDK go on from an attempt that was made elsewhere. */
export function after(theirs: Theirs, call: Call, args: Args, attempt: Attempt): Result {
  const { invocationId, outcome } = attempt;
  const stack = stackOf(theirs, call);
  const sameId: FinalizeRequestMiddleware<object, object> = (next) => (sending) => {
    (sending.request as HttpRequest).headers[invocationHeader] = invocationId;
    return next(sending);
  };
  stack.addRelativeTo(sameId as never, {
    name: 'thinInvocation',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
  let isFirst = true;
  const send: Send = async (sending) => {
    if (!isFirst) return call.send(sending);
    isFirst = false;
    if ('error' in outcome) throw outcome.error;
    return outcome;
  };
  return stack.resolve(send, call.context)(args);
}
