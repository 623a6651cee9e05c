/** When a program is asked to stop: by a signal, or because whoever started it is gone. */

/** One Ctrl-C arrives twice when the terminal sends it to us and our parent process (bin/run.mjs) passes it on as well. */
const sameRequestMs = 1_000;

type Asked = {
  first: () => void;
  /** Asked once more, later: whoever asks has no patience left. */
  again: () => void;
  /** bin/run.mjs has ended without a word, by SIGKILL perhaps: nobody could stop this by its process any more. */
  orphaned: () => void;
};

export function whenAskedToStop({ first, again, orphaned }: Asked): void {
  let askedAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      const before = askedAt;
      askedAt ??= Date.now();
      if (before === null) first();
      else if (Date.now() - before >= sameRequestMs) again();
    });
  process.on('disconnect', orphaned);
  // Whoever listens at the channel keeps it open; a program that has nothing more to do ends all the same.
  process.channel?.unref();
}
