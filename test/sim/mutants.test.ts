/** Each bug that is to be planted has its place in the product: where code has moved on, nothing would be planted any more. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { bitcoinMutants } from './bitcoin/mutants.ts';
import { mutants } from './mutants.ts';
import { solanaMutants } from './solana/mutants.ts';

const root = path.join(import.meta.dirname, '../..');

test('each planted bug has its place in the code, once', () => {
  const lost = [...mutants, ...solanaMutants, ...bitcoinMutants].filter(
    ({ file, from }) => readFileSync(path.join(root, file), 'utf8').split(from).length !== 2,
  );
  expect(lost.map(({ bug }) => bug)).toEqual([]);
});
