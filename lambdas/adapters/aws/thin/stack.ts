/** Puts another way of sending over the middleware stack of a client, and finds out what a command brings along. */
import type {
  DeserializeHandler,
  HandlerExecutionContext,
  InitializeHandler,
  InitializeMiddleware,
  MiddlewareStack,
} from '@smithy/types';

export type Stack = MiddlewareStack<object, object>;
export type Handle = InitializeHandler<object, object>;
export type Send = DeserializeHandler<object, object>;
/** One call: the command's own middleware, and what sends a request. */
export type Call = { own: Stack; send: Send; context: HandlerExecutionContext };
/** `null`: this is not a call for it. */
export type Way = (call: Call) => Handle | null;

/**
 * The stack, with `way` for the calls that it takes. Whoever changes the stack from then on, such as a tracer, changes what
 * every call goes through, so that the way is out of use.
 */
export function withWay(below: Stack, way: Way): Stack {
  let isChanged = false;
  const noting =
    <Args extends unknown[], Result>(change: (...args: Args) => Result) =>
    (...args: Args): Result => {
      isChanged = true;
      return change(...args);
    };
  return {
    ...below,
    add: noting(below.add as never) as Stack['add'],
    addRelativeTo: noting(below.addRelativeTo),
    use: noting(below.use),
    remove: noting(below.remove),
    removeByTag: noting(below.removeByTag),
    concat: ((own: Stack) => (isChanged ? below.concat(own) : joined(below, own, way))) as never,
  };
}

/**
 * The client's stack and a command's, which are put together only when somebody needs that. lib-dynamodb joins the same
 * stack of a command twice.
 */
function joined(below: Stack, own: Stack, way: Way): Stack {
  let whole: Stack | null = null;
  const together = (): Stack => {
    whole ??= below.concat(own);
    return whole;
  };
  const concat = (more: Stack): Stack =>
    more === own && whole === null ? joined(below, own, way) : together().concat(more);
  const resolve = (send: Send, context: HandlerExecutionContext): Handle => {
    const taken = whole === null ? way({ own, send, context }) : null;
    return taken ?? together().resolve(send, context);
  };
  return new Proxy(below, {
    get: (_, name): unknown =>
      name === 'concat' ? concat : name === 'resolve' ? resolve : Reflect.get(together(), name),
  });
}

/** The middleware of a stack by name; what has no name is under its number. */
export function middlewareOf(
  stack: Stack,
): ReadonlyMap<string, InitializeMiddleware<object, object>> {
  const found = new Map<string, InitializeMiddleware<object, object>>();
  const note = (
    middleware: InitializeMiddleware<object, object>,
    { name }: { name?: string } = {},
  ) => found.set(name ?? `number ${found.size}`, middleware);
  // A stack shows what it holds only by applying it to another (@smithy/core, MiddlewareStack, cloneTo).
  const listener = { add: note, addRelativeTo: note };
  stack.applyToStack(listener as unknown as Stack);
  return found;
}
