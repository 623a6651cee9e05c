import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { oneWithdrawal } from '../../lib/queries.ts';
import { ofType, resources } from './template.ts';

const all = resources();

test('one query looks through the logs of every function, and of the API, and is in the runbook', () => {
  const [query, another] = ofType(all, 'AWS::Logs::QueryDefinition');
  expect(another).toBeUndefined();
  expect(query?.properties).toMatchObject({
    Name: 'drawbridge-one-withdrawal',
    QueryString: oneWithdrawal,
  });
  const groups = query?.properties['LogGroupNames'] as unknown[];
  const isLog = ({ type }: { type: string }) => type === 'AWS::Logs::LogGroup';
  expect(groups).toHaveLength(all.filter(isLog).length);
  expect(new Set(groups.map((one) => JSON.stringify(one))).size).toBe(groups.length);
  const runbook = readFileSync(path.join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
  const [fields = '', , ...rest] = oneWithdrawal.split('\n| ');
  for (const part of [fields, ...rest]) expect(runbook).toContain(part);
});

test('CloudFormation takes a stack of at most 500 resources, and what watches is one of its own', () => {
  const watching = all.filter(({ path: at }) => at.startsWith('alarms/watch/'));
  expect(watching.length).toBeGreaterThan(50);
  for (const count of [watching.length, all.length - watching.length])
    expect(count).toBeLessThanOrEqual(500);
});
