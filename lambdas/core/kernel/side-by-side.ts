/** Work that runs side by side, only so much of it at once, and never on behind a failure. */

export type SideBySide = {
  isRunning(name: string): boolean;
  running(): number;
  /** How much more may be begun now: nothing once something has failed. */
  free(): number;
  hasFailed(): boolean;
  begin(name: string, work: () => Promise<void>): void;
  /** Resolves when something that runs has ended, in whichever way; at once when nothing runs. */
  next(): Promise<void>;
  /** Waits until everything has ended, then throws the first failure, if there was one. */
  end(): Promise<void>;
};

export function sideBySide(max: number): SideBySide {
  const underway = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const next = async () => {
    await Promise.race([...underway.values()]);
  };
  return {
    isRunning: (name) => underway.has(name),
    running: () => underway.size,
    free: () => (failures.length > 0 ? 0 : max - underway.size),
    hasFailed: () => failures.length > 0,
    begin: (name, work) => {
      const end = async () => {
        try {
          await work();
        } catch (error) {
          failures.push(error);
        } finally {
          underway.delete(name);
        }
      };
      underway.set(name, end());
    },
    next: async () => {
      if (underway.size > 0) await next();
    },
    end: async () => {
      while (underway.size > 0) await next();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Does it for each of them, so long as more may begin, and waits for all that has begun. */
export async function eachSideBySide<T>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<void>,
  mayBegin: () => boolean = () => true,
): Promise<void> {
  const running = sideBySide(max);
  for (const [index, item] of items.entries()) {
    while (running.free() === 0 && running.running() > 0) await running.next();
    if (running.free() === 0 || !mayBegin()) break;
    running.begin(String(index), () => work(item));
  }
  await running.end();
}

/** Lets one piece of work after the other have its turn, in the order in which they ask for it. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

export type InTurn = ReturnType<typeof inTurn>;
