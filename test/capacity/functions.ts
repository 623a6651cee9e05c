/** Lambda with its quota and its price: invocations take the time that their work takes on the part of a core that they have. */
import type { FunctionName } from '../../lib/functions.ts';
import type { Lambda, Result } from '../sim/lambda.ts';
import { type World, wait } from '../sim/world.ts';
import { lambda as limits } from './aws.ts';

/** Milliseconds of a whole core, for an invocation and for each thing that it is about (`npm run bench` measures them). */
export type Work = { invocation: number; each: number };

export function limitedFunctions(
  world: World,
  lambda: Lambda,
  workOf: (name: FunctionName) => Work,
) {
  const used = { invocations: 0, gbSeconds: 0, throttled: 0, most: 0 };
  let running = 0;
  return {
    used,
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
      await wait(world, (invocation + each * things) / limits.vcpu);
      const result = await lambda.invoke(name, event);
      running -= 1;
      used.gbSeconds += ((world.now() - began) / 1_000) * limits.memoryGb;
      return result;
    },
  };
}
export type Functions = ReturnType<typeof limitedFunctions>;
