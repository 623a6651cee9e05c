/** outputs.json is for everybody to read. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { writeOutputs } from '../../local/outputs.ts';
import { perTest } from './per-test.ts';

const own = perTest();

test('it says where a local chain is, and of a node of the user only the host', () => {
  const file = (...names: string[]): string => path.join(own.directory, ...names);
  const chain = { token: '0x1', treasury: '0x2' } as const;
  writeOutputs(
    { file },
    {
      apiUrl: 'http://127.0.0.1:1',
      grpcUrl: '',
      awsEndpoint: 'http://127.0.0.1:2',
      consoleUrl: 'http://127.0.0.1:1/console',
      queues: {},
      deadLetterQueues: {},
      tables: {},
      chains: {
        base: { rpcUrl: 'http://127.0.0.1:3', ...chain },
        ethereum: { rpcUrl: 'https://user:pa55word@eth.example/v2/k3y?token=k3y', ...chain },
      },
      simulators: {},
      eventBus: { name: 'bus', file: 'events.jsonl' },
    },
  );
  const { chains } = JSON.parse(readFileSync(file('outputs.json'), 'utf8'));
  expect(chains.base.rpcUrl).toBe('http://127.0.0.1:3');
  expect(chains.ethereum).toEqual({ rpcUrl: 'https://eth.example', ...chain });
});
