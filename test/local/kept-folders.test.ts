import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keptFolders, wordFor } from '../../local/template/kept-folders.ts';
import { removeDir, tempDir } from './fixture.ts';

let directory: string;
const at = (...names: string[]) => path.join(directory, ...names);
const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
};
beforeEach(() => {
  directory = tempDir();
});
afterEach(() => {
  delete process.env['CDK_DEFAULT_REGION'];
  removeDir(directory);
});

test('whatever a folder is made from is in the word that it is found by', () => {
  const files = [
    'lambdas/steps/2-debit.ts',
    'lib/app.ts',
    'cdk.json',
    'package-lock.json',
    'tsconfig.json',
    'local/template/synthesize-app.ts',
  ];
  for (const file of files) write(file, 'a');
  const word = () => wordFor(directory, { LOG_LEVEL: 'info' });
  const words = [word()];
  expect(word()).toBe(words[0]);
  for (const file of files) {
    write(file, 'b');
    words.push(word());
  }
  write('lambdas/core/new.ts', '');
  words.push(word());
  words.push(wordFor(directory, { LOG_LEVEL: 'debug' }), wordFor(directory));
  process.env['CDK_DEFAULT_REGION'] = 'eu-west-1';
  words.push(word());
  expect(new Set(words).size).toBe(words.length);
  const last = word();
  // What is not in it would be a synthesis for nothing.
  write('test/x.test.ts', 'b');
  write('local/machine.ts', 'b');
  expect(word()).toBe(last);
});

const kept = () => keptFolders(at('kept'));

test('what was kept is there again, whole, for as long as it is used', () => {
  write('made/asset.1/index.mjs', 'code');
  expect(kept().take('one', at('first'))).toBe(false);
  kept().keep('one', at('made'));
  // Another process that has made the same is late, and no harm is done.
  kept().keep('one', at('made'));
  expect(kept().take('one', at('second'))).toBe(true);
  expect(readFileSync(at('second/asset.1/index.mjs'), 'utf8')).toBe('code');
  // It is a copy: what is done to it changes nothing for the next.
  write('second/asset.1/index.mjs', 'other');
  kept().take('one', at('third'));
  expect(readFileSync(at('third/asset.1/index.mjs'), 'utf8')).toBe('code');

  const words = Array.from({ length: 7 }, (_, n) => `word ${n}`);
  for (const [age, word] of words.entries()) {
    kept().keep(word, at('made'));
    const then = new Date(Date.now() - 60_000 * (20 - age));
    utimesSync(at('kept', word), then, then);
  }
  kept().take('word 1', at('fourth'));
  kept().keep('last', at('made'));
  expect(existsSync(at('kept/word 1'))).toBe(true);
  expect(readdirSync(at('kept'))).toHaveLength(8);
  expect(kept().take('word 0', at('fifth'))).toBe(false);
});
