/** What has been started, to be stopped in the opposite order. */

export type Lifetime = {
  /** `stop` is called when it ends, before everything that was registered earlier. */
  onEnd(stop: () => Promise<void> | void): void;
  /**
   * Waits for several things that are starting side by side; those with a `stop` are stopped when it ends. Rejects with
   * the first failure, when none is starting any more.
   */
  together<T extends readonly unknown[]>(
    ...starting: { [Each in keyof T]: Promise<T[Each]> }
  ): Promise<T>;
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
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

const canStop = (value: unknown): value is { stop(): Promise<void> | void } =>
  typeof value === 'object' && value !== null && 'stop' in value;
