/** Says what has come up, and after how long, to whoever waits for the whole. */

/** Answers what has been started, when it is up and that has been said. */
export type Up = <T>(what: string, starting: Promise<T>) => Promise<T>;

export function startsIn(tell: (line: string) => void): Up {
  const began = performance.now();
  return async (what, starting) => {
    const started = await starting;
    tell(`${what} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
    return started;
  };
}
