/** LOG_LEVEL decides which lines there are, here and deployed; metrics are there at every level. */
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';

const environment = process.env;
const said: string[] = [];
for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
  jest.spyOn(console, level).mockImplementation((...words: unknown[]) => {
    said.push(words.map(String).join(' '));
  });
afterEach(() => {
  said.length = 0;
});
afterAll(() => {
  process.env = environment;
});

const all = ['debug', 'info', 'warn', 'error'] as const;
test.each([
  [undefined, ['info', 'warn', 'error', 'metric']],
  ['debug', ['debug', 'info', 'warn', 'error', 'metric']],
  ['warn', ['warn', 'error', 'metric']],
  ['error', ['error', 'metric']],
])('LOG_LEVEL %s has these lines: %j', async (level, lines) => {
  process.env = {
    ...environment,
    // What Lambda sets of the template (lib/function.ts).
    AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
    ...(level !== undefined && { LOG_LEVEL: level }),
  };
  jest.resetModules();
  const { logger, metrics, publish } = await import('../../lambdas/boot/observe.ts');
  for (const one of all) logger[one](`a line at ${one}`);
  publish([{ name: 'a-metric', unit: 'Count', value: 1 }]);
  metrics.publishStoredMetrics();
  const has = (text: string): boolean => said.some((line) => line.includes(text));
  expect([
    ...all.filter((one) => has(`a line at ${one}`)),
    ...(has('a-metric') ? ['metric'] : []),
  ]).toEqual(lines);
});
