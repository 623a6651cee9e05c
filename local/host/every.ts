/**
 * Does the work every `everyMs`, never twice at a time: a turn that falls due while the last one still runs is left out.
 * An error of the work is nobody's to handle and ends the process.
 */
export function every(everyMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let turn: Promise<void> | null = null;
  const timer = setInterval(() => {
    turn ??= work().finally(() => {
      turn = null;
    });
  }, everyMs);
  return {
    /** Resolves when the turn that is running has ended; there is no other after it. */
    stop: async () => {
      clearInterval(timer);
      await turn;
    },
  };
}
