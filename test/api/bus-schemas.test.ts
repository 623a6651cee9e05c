/** The schema of each event on the bus: OpenAPI 3.0 that its linter knows no fault of, and that real events satisfy. */
import { expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { busSchemas } from '../../lambdas/api/openapi/bus-schemas.ts';
import {
  envelopeOf,
  transactionEvent,
  type WebhookEvent,
  withdrawalEvent,
} from '../../lambdas/core/webhooks/event.ts';
import { type Stage, stages, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, minorOf, requestedOf, transactionOf, walletOf } from '../support/things.ts';

const schemas = busSchemas();

test('each event has a schema under the name that AWS would give it, without a fault', async () => {
  expect(schemas.map(({ name }) => name)).toEqual([
    ...['Requested', 'Reserved', 'Converted', 'Broadcast', 'Retrying', 'Completed', 'Failed'].map(
      (one) => `drawbridge@Withdrawal${one}`,
    ),
    'drawbridge@WithdrawalCancelled',
    'drawbridge@WithdrawalReview',
    'drawbridge@WalletCredited',
    'drawbridge@WalletDebited',
  ]);
  const config = await createConfig({ extends: ['minimal'] });
  for (const { content } of schemas) {
    const problems = await lintFromString({ source: JSON.stringify(content), config });
    expect(
      problems.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    ).toEqual([]);
  }
});

/** What OpenAPI 3.0 says otherwise than JSON Schema, for this validator. */
const asJsonSchema = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, asJsonSchema(one)]),
  );
  if (inner['nullable'] !== true) return inner;
  const { nullable: _, ...rest } = inner;
  return { anyOf: [rest, { type: 'null' }] };
};
const compiled = new Map<string, ValidateFunction>();
function validatorOf(type: string): ValidateFunction {
  const known = compiled.get(type);
  if (known !== undefined) return known;
  const schema = schemas.find(({ content }) =>
    JSON.stringify(content).includes(`"x-amazon-events-detail-type":"${type}"`),
  );
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const whole = asJsonSchema(schema?.content) as object;
  const made = ajv.compile({ ...whole, $ref: '#/components/schemas/AWSEvent' });
  compiled.set(type, made);
  return made;
}
const onBus = (event: WebhookEvent) => ({
  ...{ version: '0', id: '1', account: '2', region: 'r', resources: [], source: 'drawbridge' },
  time: '2026-11-28T09:00:00Z',
  'detail-type': event.type,
  detail: { ...JSON.parse(JSON.stringify(envelopeOf(event))), tenant: event.tenant },
});

const wallet = walletOf();
const base = requestedOf(wallet, { metadata: { order: '1' } });
const facts = {
  ...{ payout: minorOf(9n), fee: minorOf(1n), attempts: 1, txId: '0xaa', readFrom: 7 },
  confirmations: 3,
  failure: { code: 'ON_RAMP_REJECTED', message: 'No.', retryable: true },
};
const inStage = (stage: Stage): Withdrawal =>
  ({ ...base, ...facts, stage, history: [...base.history, { stage, at: at(2_000) }] }) as never;
const credit = transactionOf(wallet, 'CREDIT', 5n);
const applied = { ...credit, status: 'PROCESSED' as const, processedAt: at(9_000) };
const told: readonly (WebhookEvent | null)[] = [
  ...Object.keys(stages).map((stage) => withdrawalEvent(inStage(stage as Stage), new Map())),
  withdrawalEvent(
    {
      ...base,
      nextAttemptAt: at(3_000),
      history: [...base.history, { stage: 'requested', at: at(2_000), attempt: 1 }],
    },
    new Map(),
  ),
  transactionEvent(applied),
  transactionEvent({ ...applied, type: 'DEBIT' }),
];

test('real events satisfy their schemas, and others do not', () => {
  const events = told.flatMap((event) => event ?? []);
  expect(new Set(events.map(({ type }) => type)).size).toBe(schemas.length);
  for (const event of events) {
    const validate = validatorOf(event.type);
    validate(onBus(event));
    expect([event.type, validate.errors]).toEqual([event.type, null]);
    for (const wrong of [
      { ...onBus(event), detail: { ...onBus(event).detail, tenant: undefined } },
      { ...onBus(event), detail: { ...onBus(event).detail, type: 'other' } },
      { ...onBus(event), detail: { ...onBus(event).detail, data: { id: 'x' } } },
    ])
      expect(validate(JSON.parse(JSON.stringify(wrong)))).toBe(false);
  }
});
