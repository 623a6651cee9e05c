/** What tests of a file are given before they begin, and what is stopped when they have ended. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';

type Stopped = { stop(): unknown };

/** All tests use it together. Its members are there when the tests run, and not before: a table of cases cannot read them. */
export function shared<T extends Stopped>(start: () => Promise<T>): T {
  const all: Partial<T> = {};
  beforeAll(async () => {
    Object.assign(all, await start());
  });
  afterAll(async () => {
    await all.stop?.();
  });
  return all as T;
}

/** Each test has one of its own. */
export function fresh<T extends Stopped>(start: () => Promise<T>): T {
  const own: Partial<T> = {};
  beforeEach(async () => {
    Object.assign(own, await start());
  });
  afterEach(async () => {
    await own.stop?.();
  });
  return own as T;
}
