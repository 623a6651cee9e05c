/** Stops what has been started, in the opposite order. */

export type Lifetime = {
  /** Registers `stop`, which is called at the end, before all that were registered earlier. */
  onEnd(stop: () => Promise<void> | void): void;
  /**
   * Waits for things that start side by side, and registers their `stop`, if they have one. Rejects with the first failure
   * when none is starting any more.
   */
  together<T extends readonly unknown[]>(
    ...starting: { [Each in keyof T]: Promise<T[Each]> }
  ): Promise<T>;
  /** Stops all of them, also where one cannot be stopped, and throws then what the stops have thrown. */
  end(): Promise<void>;
};

export function makeLifetime(): Lifetime {
  const stops: (() => Promise<void> | void)[] = [];
  const onEnd: Lifetime['onEnd'] = (stop) => {
    stops.push(stop);
  };
  return {
    onEnd,
    together: async (...starting) => {
      const settled = await Promise.allSettled(starting);
      for (const one of settled)
        if (one.status === 'fulfilled' && canStop(one.value)) onEnd(one.value.stop);
      return Promise.all(starting) as never;
    },
    end: async () => {
      const errors: unknown[] = [];
      for (const stop of stops.splice(0).reverse())
        try {
          await stop();
        } catch (error) {
          errors.push(error);
        }
      if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
      if (errors.length > 0) throw errors[0];
    },
  };
}

const canStop = (value: unknown): value is { stop(): Promise<void> | void } =>
  typeof value === 'object' && value !== null && 'stop' in value;
