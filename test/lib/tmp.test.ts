import { expect, test } from '@jest/globals';
import { makeApp } from '../../lib/app.ts';
test('x', () => {
  const app = makeApp({ outdir: '/tmp/t/jest', bundle: false, check: false });
  const t = app.synth().stacks[0]?.template;
  expect(Object.keys(t.Resources).length).toBeGreaterThan(1);
});
