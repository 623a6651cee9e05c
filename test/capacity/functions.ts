/** Lambda with its quota and its price: invocations take the time that their work takes on the part of a core that they have. */
import type { FunctionName } from '../../lib/functions.ts';
import { functionMemoryMb, stepMemoryMb } from '../../lib/memory.ts';
import type { Lambda, Result } from '../sim/lambda.ts';
import { type World, wait } from '../sim/world.ts';
import { lambda as limits } from './aws.ts';
import type { Meter } from './meter.ts';
import type { Work } from './work.ts';

export function limitedFunctions(
  world: World,
  lambda: Lambda,
  workOf: (name: FunctionName) => Work,
  meter: Meter | null,
) {
  const used = { invocations: 0, gbSeconds: 0, throttled: 0, most: 0 };
  /** What each was invoked for so far, and how long it took. */
  const perFunction = new Map<FunctionName, Runs>();
  let running = 0;
  return {
    used,
    perFunction,
    /** Those that are running now are the most from now on. */
    forgetPeak: (): void => {
      used.most = running;
      used.throttled = 0;
    },
    /** `things`: how many messages, records or requests its event has. */
    invoke: async (name: FunctionName, event: object, things: number): Promise<Result> => {
      if (running >= limits.concurrency) {
        used.throttled += 1;
        return { ok: false, why: 'TooManyRequestsException' };
      }
      running += 1;
      used.most = Math.max(used.most, running);
      used.invocations += 1;
      const began = world.now();
      const { invocation, each } = workOf(name);
      await wait(world, (invocation + each * things) / vcpuOf(name));
      meter?.began(event);
      const result = await lambda.invoke(name, event);
      meter?.ended(name, event, things);
      running -= 1;
      const ms = world.now() - began;
      // Sweep runs all the time, whether there is much to do or nothing: what it costs a month is no part of a withdrawal.
      if (name !== 'sweep') used.gbSeconds += (ms / 1_000) * (memoryMbOf(name) / 1_024);
      const runs = perFunction.get(name) ?? { runs: 0, things: 0, ms: 0, failed: 0 };
      perFunction.set(name, runs);
      runs.runs += 1;
      runs.things += things;
      runs.ms += ms;
      if (!result.ok || hasFailures(result.value)) runs.failed += 1;
      return result;
    },
  };
}
const memoryMbOf = (name: FunctionName): number =>
  (stepMemoryMb as Partial<Record<FunctionName, number>>)[name] ?? functionMemoryMb;
/** The part of a core that a function has. */
export const vcpuOf = (name: FunctionName): number => Math.min(1, memoryMbOf(name) / limits.vcpuMb);

export type Runs = { runs: number; things: number; ms: number; failed: number };

const hasFailures = (value: unknown): boolean =>
  ((value as { batchItemFailures?: readonly object[] } | undefined)?.batchItemFailures ?? [])
    .length > 0;

export type Functions = ReturnType<typeof limitedFunctions>;
