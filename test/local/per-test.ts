/** What each test of a file has of its own: a directory, and the stack that it runs there. Both are gone when it has ended. */
import { afterEach, beforeEach } from '@jest/globals';
import { type Running, type RunOptions, removeDir, run, tempDir } from './fixture.ts';

export function perTest() {
  const own = {
    directory: '',
    running: undefined as Running | undefined,
    /** The one before it must have been stopped: only the last is stopped with the test. */
    run: async (options: Omit<RunOptions, 'directory'>): Promise<Running> => {
      own.running = await run({ directory: own.directory, ...options });
      return own.running;
    },
  };
  beforeEach(() => {
    own.directory = tempDir();
    own.running = undefined;
  });
  afterEach(async () => {
    await own.running?.stop();
    removeDir(own.directory);
  });
  return own;
}
