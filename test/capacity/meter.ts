/**
 * Measures what the functions' own code costs in CPU: the time of this thread from when an invocation is handed something until it
 * makes its next call, without what the models do. A line through all invocations of a function says what one costs by itself and
 * for each thing that it is about.
 */
import type { FunctionName } from '../../lib/functions.ts';
import type { Lambda } from '../sim/lambda.ts';

/**
 * What a call costs beside what runs here: its signature, HTTP and TLS, of which there are none in the simulated world. Measured with
 * node:https and a kept connection, 1.5 KB there and 1.2 KB back.
 */
const callMs = 0.15;

type Line = { n: number; x: number; y: number; xx: number; xy: number };
export type Measured = { runs: number; each: number; invocation: number; mean: number };

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

export function meterOf(lambda: () => Lambda) {
  const open = new Map<object, number>();
  const lines = new Map<FunctionName, Line>();
  /** Whose code runs since when in this moment of the world. */
  let current: { event: object; since: number } | null = null;
  const stop = (): void => {
    if (current !== null)
      open.set(current.event, (open.get(current.event) ?? 0) + cpuMs() - current.since);
    current = null;
  };
  const goOn = (event: object | undefined): void => {
    stop();
    if (event !== undefined) current = { event, since: cpuMs() };
  };
  return {
    /** The code of the invocation that this belongs to goes on. */
    resumed: () => {
      goOn(lambda().current()?.event);
      if (current !== null) current.since -= callMs;
    },
    began: (event: object) => goOn(event),
    /** It waits, or another does something. */
    stop,
    ended: (name: FunctionName, event: object, things: number): void => {
      stop();
      const y = open.get(event);
      open.delete(event);
      if (y === undefined) return;
      const { n, x, y: sum, xx, xy } = lines.get(name) ?? { n: 0, x: 0, y: 0, xx: 0, xy: 0 };
      lines.set(name, {
        ...{ n: n + 1, x: x + things, y: sum + y },
        ...{ xx: xx + things * things, xy: xy + things * y },
      });
    },
    /** What came before does not count: code that has just begun is compiled yet. */
    forget: () => lines.clear(),
    read: (): Map<FunctionName, Measured> =>
      new Map([...lines].map(([name, line]) => [name, measuredBy(line)])),
  };
}
export type Meter = ReturnType<typeof meterOf>;

/** Least squares. Where all had as many things there is no line, and all of it is the invocation's. */
function measuredBy({ n, x, y, xx, xy }: Line): Measured {
  const spread = n * xx - x * x;
  const each = spread > n ? Math.max(0, (n * xy - x * y) / spread) : 0;
  return { runs: n, each, invocation: (y - each * x) / n, mean: y / n };
}
