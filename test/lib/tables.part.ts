import { expect, test } from '@jest/globals';
import { indexes } from '../support/dynoxide.ts';
import { ofType, resources, type Value } from './template.ts';

const tables = ofType(resources(), 'AWS::DynamoDB::GlobalTable');

const keys = (schema: Value | undefined): string =>
  (schema as { AttributeName: string }[]).map((key) => key.AttributeName).join(', ');

test('three tables with these keys and indexes', () => {
  const shape = tables.map(({ properties }) => [
    String(properties['TableName']),
    [
      keys(properties['KeySchema']),
      ...((properties['GlobalSecondaryIndexes'] ?? []) as { [key: string]: Value }[]).map(
        ({ IndexName, KeySchema, Projection }) =>
          `${IndexName}: ${keys(KeySchema)} ${JSON.stringify(Projection)}`,
      ),
    ],
  ]);
  // These are the tables and indexes of the tests' own database.
  const tested = Object.entries(indexes).map(([name, list]) => [
    `drawbridge-${name}`,
    [
      'pk, sk',
      ...list.map(([index, pk, sk]) => `${index}: ${pk}, ${sk} {"ProjectionType":"KEYS_ONLY"}`),
    ],
  ]);
  expect(Object.fromEntries(shape)).toEqual(Object.fromEntries(tested));
});

test('the stream of money shows an item before and after its change; webhooks and control forget what has expired', () => {
  const [money, webhooks, control] = tables.map(({ properties }) => properties);
  expect(money).toMatchObject({ StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } });
  expect(webhooks).not.toHaveProperty('StreamSpecification');
  for (const table of [webhooks, control])
    expect(table).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  expect(money).not.toHaveProperty('TimeToLiveSpecification');
});

test.each(tables)('$path is encrypted, backed up, and not deleted by accident', (table) => {
  expect(table.properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    Replicas: [
      {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    ],
  });
  expect(table.attributes).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  });
});
