/** What functions log and throw says nothing of the paths of the URLs that they were given. */
import { afterAll, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { BaseError, HttpRequestError } from 'viem';

const key = 'k3yK3yK3yK3yK3y';
const rpcUrl = `https://user:pa55word@eth.example/v2/${key}?token=${key}`;
const environment = process.env;
process.env = {
  ...environment,
  EVM_RPC_URL_ETHEREUM: rpcUrl,
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'true',
};
afterAll(() => {
  process.env = environment;
});
const said: string[] = [];
for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
  jest.spyOn(console, level).mockImplementation((...words: unknown[]) => {
    said.push(words.map(String).join(' '));
  });
const { logger, observed } = await import('../../lambdas/boot/observe.ts');

test('neither a line of the log nor what Lambda is thrown has a part of it but the host', async () => {
  const cause = new HttpRequestError({
    url: rpcUrl,
    status: 404,
    body: { method: 'eth_call' },
    details: `Cannot POST /v2/${key}`,
  });
  const error = new BaseError(`no answer of ${rpcUrl}`, { cause });
  const handler = observed(async () => {
    logger.error('step failed', { error, why: `wrong path /v2/${key}`, at: { url: rpcUrl } });
    logger.warn('outside system unavailable', error);
    logger.info(`asking ${rpcUrl}`);
    throw error;
  });
  const thrown = await Promise.resolve(handler({}, { awsRequestId: 'x' } as Context)).then(
    () => null,
    (reason: unknown) => reason as Error,
  );
  const told = [
    ...said,
    `${thrown?.stack}`,
    JSON.stringify(thrown),
    `${(thrown?.cause as Error | undefined)?.stack}`,
  ];
  expect(said.length).toBeGreaterThan(2);
  expect(told.join()).toContain('https://eth.example/…');
  for (const secret of [key, 'pa55word', 'user:']) expect(told.join()).not.toContain(secret);
});
