/** Virtual time for the whole process: while it is taken, nothing waits, and nothing happens by itself. */
import { AsyncResource } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import FakeTimers from '@sinonjs/fake-timers';

const macrotask = setImmediate;
const realTimeout = AbortSignal.timeout;
const timedOut = new DOMException('timed out', 'TimeoutError');

export type VirtualTime = {
  now(): number;
  after(ms: number, event: () => void): void;
  /** Lets the next event happen, and everything that follows from it at the same moment. False when there is none. */
  next(): Promise<boolean>;
  giveBack(): void;
};

/** Everything that code which is running can do without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => macrotask(resolve));

export function takeTime(start: number): VirtualTime {
  const timers = FakeTimers.install({
    now: start,
    shouldClearNativeTimers: true,
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'Date',
    ],
  });
  // Also for packages that import it from node:timers (middy).
  syncBuiltinESMExports();
  // A callback belongs to whoever asked for it, as with real timers: that tells which invocation makes a call.
  const later = globalThis.setTimeout;
  globalThis.setTimeout = ((event: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    later(AsyncResource.bind(event), ms, ...args)) as typeof setTimeout;
  AbortSignal.timeout = (ms: number): AbortSignal => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(timedOut), ms);
    return controller.signal;
  };
  return {
    now: () => timers.now,
    after: (ms, event) => {
      setTimeout(event, ms);
    },
    next: async () => {
      if (timers.countTimers() === 0) await settled();
      if (timers.countTimers() === 0) return false;
      timers.next();
      await settled();
      return true;
    },
    giveBack: () => {
      globalThis.setTimeout = later;
      timers.uninstall();
      syncBuiltinESMExports();
      AbortSignal.timeout = realTimeout;
    },
  };
}
