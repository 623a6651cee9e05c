/** Every call that crosses from one party to another: it takes time, and may be lost, late, doubled or the caller's last. */
import type { Call, Chaos, Fault, Service } from './faults.ts';
import { type Invocation, idsIn, type Lambda } from './lambda.ts';
import { type World, wait } from './world.ts';

export type Asking<Reply> = {
  from: string;
  to: Service;
  operation: string;
  changes: boolean;
  /** An effect that is delayed comes within so long, and no answer is older; absent: whenever. */
  latestMs?: number;
  /** What it says: the withdrawals are found in it, and equal questions have equal texts. */
  text: string;
  /** It has left the caller, whatever becomes of it. */
  leaves?: () => void;
  /** Has its effect now, or, where it leads to a function, begins to. */
  apply: () => Reply | Promise<Reply>;
  /** What the other side says when something is wrong with it. */
  error: () => Reply;
  /** What the caller sees when no answer comes; it may take its time. */
  lost: () => Promise<Reply>;
};

export type Boundary = {
  pass<Reply>(asking: Asking<Reply>): Promise<Reply>;
  /** From now on these are the faults; those that were begun go on. */
  set(chaos: Chaos): void;
  /** Lets everything that is still on its way arrive. */
  releaseGhosts(): void;
  /** Every call so far. */
  calls: readonly Call[];
  onFault: (call: Call, fault: Fault) => void;
};

/** A promise of its own for each that waits: one for all would keep everything that ever waited for it. */
const never = (): Promise<never> => new Promise(() => {});
const latencyMs: Record<Service, readonly [number, number]> = {
  dynamodb: [2, 8],
  sqs: [4, 15],
  keys: [5, 20],
  alpaca: [30, 200],
  due: [30, 200],
  chain: [10, 60],
  receiver: [10, 100],
  api: [5, 30],
};
/** How much later a delayed effect comes: soon, when all retries are over, or not before everything else has ended. */
const delaysMs = [2_000, 20_000, 120_000, 1_800_000, Number.POSITIVE_INFINITY] as const;
/** A caller that stands still does so for longer than any timeout of its own; mostly until another has its message. */
const freezesMs = [45_000, 200_000, 200_000, 900_000] as const;

export function makeBoundary(
  world: World,
  lambda: () => Lambda,
  stageOf: (id: string) => string,
): Boundary {
  const { random } = world;
  const calls: Call[] = [];
  const ghosts = new Set<() => void>();
  const lastAnswers = new Map<string, { reply: unknown; at: number }>();
  let chaos: Chaos = () => null;

  function later(apply: () => unknown, latestMs = Number.POSITIVE_INFINITY): void {
    const ms = random.pick(delaysMs.filter((one) => one <= latestMs));
    const once = () => {
      if (ghosts.delete(once)) apply();
    };
    ghosts.add(once);
    if (Number.isFinite(ms)) world.after(ms, once);
  }

  async function standStill(invocation: Invocation | null): Promise<void> {
    if (invocation !== null) lambda().freeze(invocation);
    await wait(world, random.pick(freezesMs));
  }

  const boundary: Boundary = {
    calls,
    onFault: () => {},
    set: (next) => {
      chaos = next;
    },
    releaseGhosts: () => {
      for (const ghost of [...ghosts]) ghost();
    },
    pass: async <Reply>(asking: Asking<Reply>): Promise<Reply> => {
      const invocation = lambda().current();
      const isDead = () => invocation !== null && !invocation.environment.alive;
      if (isDead()) return never();
      const { from, to, operation, changes, text, leaves, apply, error, lost } = asking;
      const named = idsIn(text);
      const ids = named.length > 0 ? named : (invocation?.ids ?? []);
      const call: Call = {
        index: calls.length,
        from,
        to,
        operation,
        changes,
        ids,
        stages: [...new Set(ids.map(stageOf))].join(' '),
        invocation: invocation?.id ?? null,
        answered: null,
      };
      calls.push(call);
      const fault = chaos(call);
      if (fault !== 'freeze-before') leaves?.();
      const question = `${to} ${operation} ${text}`;
      const answered = (reply: Reply): Reply => {
        if (!changes) lastAnswers.set(question, { reply, at: world.now() });
        return reply;
      };
      if (fault !== null) {
        boundary.onFault(call, fault);
        world.tell(from, `${to} ${operation}: ${fault} (call ${call.index})`);
      }
      const [least, most] = latencyMs[to];
      await wait(world, random.between(least, most) / 2);
      if (isDead()) return never();
      let reply: Reply;
      switch (fault) {
        case null:
          reply = answered(await apply());
          break;
        case 'crash-before':
        case 'crash-after':
          if (fault === 'crash-after') void apply();
          if (invocation !== null) lambda().kill(invocation, 'crashed');
          return never();
        case 'timeout-before':
          return lost();
        case 'timeout-after':
          void apply();
          return lost();
        case 'error-before':
          reply = error();
          break;
        case 'error-after':
          void apply();
          reply = error();
          break;
        case 'delayed':
          later(apply, asking.latestMs);
          return lost();
        case 'duplicate': {
          const first = apply();
          if (random.chance(0.5)) void apply();
          else later(apply);
          reply = await first;
          break;
        }
        case 'freeze-before':
          await standStill(invocation);
          leaves?.();
          reply = answered(await apply());
          break;
        case 'freeze-after':
          reply = answered(await apply());
          await standStill(invocation);
          break;
        case 'stale': {
          const last = lastAnswers.get(question);
          const oldest = world.now() - (asking.latestMs ?? Number.POSITIVE_INFINITY);
          reply =
            last !== undefined && last.at >= oldest
              ? (last.reply as Reply)
              : answered(await apply());
          break;
        }
        default:
          return fault satisfies never;
      }
      await wait(world, random.between(least, most) / 2);
      if (isDead()) return never();
      call.answered = calls.length;
      return reply;
    },
  };
  return boundary;
}
