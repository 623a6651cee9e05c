import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDataDir } from '../../local/host/data-dir.ts';
import { listenEarly } from '../../local/host/servers.ts';
import { removeDir, tempDir } from './fixture.ts';

let directory: string;
beforeEach(() => {
  directory = tempDir();
});
afterEach(() => removeDir(directory));

test('a directory is for one at a time, and says who has it', () => {
  const first = openDataDir(directory);
  expect(() => openDataDir(directory)).toThrow(
    new RegExp(`${directory} is in use by another Drawbridge \\(process ${process.pid}\\)`),
  );
  first.release();
  openDataDir(directory).release();
});

test('what is in it can be forgotten, but for the lock', () => {
  const dataDir = openDataDir(path.join(directory, 'new', 'folder'));
  writeFileSync(dataDir.file('dynamodb.db'), 'x');
  dataDir.forget();
  expect(existsSync(dataDir.file('dynamodb.db'))).toBe(false);
  expect(() => openDataDir(dataDir.path)).toThrow(/in use/);
  dataDir.release();
});

test.each([
  ['in a file', () => path.join(directory, 'file', 'data'), /it is a file/],
  // Where there is no /proc, nobody may make a directory in /.
  ['in a folder of the system', () => '/proc/drawbridge/data', /ENOENT|EACCES|EROFS/],
  ['a folder of the system', () => '/proc', /unable to open database file|EACCES|EROFS/],
])('a directory that cannot be had is an error that says so: %s', (_, where, why) => {
  writeFileSync(path.join(directory, 'file'), '');
  expect(() => openDataDir(where())).toThrow(why);
  expect(() => openDataDir(where())).toThrow(/^DATA_DIR cannot be \//);
});

test('a port that is taken is named with its variable', async () => {
  const first = await listenEarly(0, 'PORT');
  await expect(listenEarly(first.port, 'AWS_PORT')).rejects.toThrow(
    new RegExp(`Port ${first.port} is taken.*set AWS_PORT`),
  );
  await first.close(0);
});

test('before anything answers, everybody is told to come back', async () => {
  const server = await listenEarly(0, 'PORT');
  const early = await fetch(server.url);
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
  server.serve((_, response) => response.end('here'));
  expect(await (await fetch(server.url)).text()).toBe('here');
  await server.close(0);
});
