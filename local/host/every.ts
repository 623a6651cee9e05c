/**
 * Does the work every `everyMs`, never twice at a time: a turn that falls due while another runs is left out. An error of
 * the work is not caught and ends the process.
 */
export function every(everyMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let turn: Promise<void> | null = null;
  const timer = setInterval(() => {
    turn ??= work().finally(() => {
      turn = null;
    });
  }, everyMs);
  return {
    /** Resolves when the running turn has ended. No other turn follows. */
    stop: async () => {
      clearInterval(timer);
      await turn;
    },
  };
}
