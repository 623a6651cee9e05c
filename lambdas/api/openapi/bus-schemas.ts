/**
 * The schemas of the events on the bus, in OpenAPI 3.0, which is the only one that EventBridge's registry reads and makes
 * code of. They are what the document (in OpenAPI 3.1) says of webhooks, and the tenant.
 */

import { busSource } from '../../core/outbox/bus.ts';
import { eventTypes } from '../../core/requests/event-names.ts';
import { openApiDocument } from './document.ts';

type Schema = { readonly [name: string]: unknown };
export type BusSchema = { name: string; description: string; content: Schema };

/** What is told of an endpoint is for the tenant's other endpoints: it is not on the bus. */
const onBus = eventTypes.filter((type) => !type.startsWith('webhook-endpoint.'));

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What 3.0 knows otherwise than 3.1, for the words that our schemas use. */
function older(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(older);
  if (!isSchema(value)) return value;
  const { const: only, examples, propertyNames: _, type, anyOf, properties, ...rest } = value;
  const nullable = { nullable: true };
  const pattern = rest['format'] === 'date-time' ? { pattern: undefined } : {};
  return {
    ...Object.fromEntries(
      Object.entries({ ...rest, ...pattern }).flatMap(([name, one]) =>
        one === undefined ? [] : [[name, older(one)]],
      ),
    ),
    ...(only === undefined ? {} : { type: typeof only, enum: [only] }),
    ...(Array.isArray(examples) ? { example: examples[0] } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(Array.isArray(type) ? { type: type.find((one) => one !== 'null'), ...nullable } : {}),
    ...(Array.isArray(anyOf) ? orNull(anyOf) : {}),
    ...(isSchema(properties) ? { properties: mapped(properties, older) } : {}),
  };
}

const mapped = (schemas: Schema, change: (one: unknown) => unknown): Schema =>
  Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, change(one)]));

function orNull(choices: readonly unknown[]): Schema {
  const others = choices.filter((one) => !(isSchema(one) && one['type'] === 'null'));
  const nullable = others.length < choices.length ? { nullable: true } : {};
  const [only] = others;
  if (others.length > 1 || !isSchema(only)) return { anyOf: others.map(older), ...nullable };
  // Beside `$ref` nothing else counts in 3.0.
  return '$ref' in only
    ? { allOf: [only], ...nullable }
    : { ...(older(only) as Schema), ...nullable };
}

/** The names of the schemas that are referred to in it, and in those. */
function namesIn(schema: unknown, all: Schema, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    namesIn(all[name], all, found);
  }
  return found;
}

/** `withdrawal.completed` as `WithdrawalCompleted`. */
const titleOf = (type: string): string =>
  type.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());

const words = { type: 'string' } as const;
/** What EventBridge puts around each event (EventBridge guide, "Event structure"). */
const around = {
  version: words,
  id: words,
  'detail-type': words,
  source: words,
  account: words,
  time: { type: 'string', format: 'date-time' },
  region: words,
  resources: { type: 'array', items: words },
};

/** One schema for each event, named as EventBridge names those that it discovers: `<source>@<detail-type>`. */
export function busSchemas(): BusSchema[] {
  const { webhooks = {}, components } = openApiDocument();
  const all = (components?.schemas ?? {}) as Schema;
  return onBus.map((type) => {
    const { summary = '', requestBody } = webhooks[type]?.post ?? {};
    const body = requestBody as { content: Record<string, { schema: Schema }> } | undefined;
    const schema = body?.content['application/json']?.schema;
    if (schema === undefined) throw new Error(`the document has no schema of ${type}`);
    const title = titleOf(type);
    const { properties, required } = schema as { properties: Schema; required: string[] };
    const told = {
      ...schema,
      properties: { ...properties, tenant: { ...words, description: 'Whose event it is.' } },
      required: [...required, 'tenant'],
    };
    const parts = [...namesIn(told, all)].map((name) => [name, older(all[name])] as const);
    return {
      name: `${busSource}@${title}`,
      description: summary,
      content: {
        openapi: '3.0.0',
        info: { version: '1.0.0', title },
        paths: {},
        components: {
          schemas: {
            AWSEvent: {
              type: 'object',
              required: [...Object.keys(around), 'detail'],
              'x-amazon-events-detail-type': type,
              'x-amazon-events-source': busSource,
              properties: { ...around, detail: { $ref: `#/components/schemas/${title}` } },
            },
            [title]: older(told),
            ...Object.fromEntries(parts),
          },
        },
      },
    };
  });
}
