/**
 * Lets this process live on when nobody reads its output any more: the program at the other end of the pipe has ended, or the
 * terminal is closed. Without a listener, Node ends a process at its next line with EPIPE or EIO, before it has stopped what
 * it started. The lines are lost: there is nowhere left to say so.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
