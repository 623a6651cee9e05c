import { afterEach, expect, test } from '@jest/globals';
import { graphqlIntrospection } from '../../lambdas/boot/settings.ts';

afterEach(() => {
  delete process.env['GRAPHQL_INTROSPECTION'];
});

test.each([
  [undefined, false],
  ['off', false],
  ['on', true],
])('a function that is told %s: %s', (word, on) => {
  if (word !== undefined) process.env['GRAPHQL_INTROSPECTION'] = word;
  expect(graphqlIntrospection()).toBe(on);
});
