import { expect, test } from '@jest/globals';
import { makeLifetime } from '../../local/host/lifetime.ts';

test.each([
  ['none', [], null],
  ['one', ['broken'], { message: 'broken' }],
  ['two', ['broken', 'away'], { message: 'Error: away; Error: broken' }],
])('all are stopped, the last one first, where %s cannot be stopped', async (_, broken, thrown) => {
  const lifetime = makeLifetime();
  const stopped: string[] = [];
  lifetime.onEnd(() => void stopped.push('engine'));
  for (const why of broken)
    lifetime.onEnd(async () => {
      throw new Error(why);
    });
  lifetime.onEnd(() => void stopped.push('api'));
  const ended = await lifetime.end().then(
    () => null,
    (error: unknown) => error,
  );
  expect(stopped).toEqual(['api', 'engine']);
  if (thrown === null) expect(ended).toBeNull();
  else expect(ended).toMatchObject(thrown);
  await expect(lifetime.end()).resolves.toBeUndefined();
});
