/**
 * Runs EventBridge's event buses on this machine, for no maintained package does: rules with patterns, whose targets are
 * queues. Rules are kept in `event-bus.json` of the data directory. What is put on the stack's own buses is also written to
 * `events.jsonl`, an event a line, before the call that puts it is answered.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import * as z from 'zod';
import type { DataDir } from '../host/data-dir.ts';
import { accountId, nameInArn, region } from '../template/aws-names.ts';
import { compilePattern, type Matches } from '../template/event-pattern.ts';
import { queueUrlOf } from '../template/identities.ts';
import type { Resolver } from '../template/intrinsics.ts';
import type { SqsEngine } from './sqs-engine.ts';

/** What is supported of a target. Anything else would change what it gets, so it is refused. */
export const Target = z.strictObject({
  Id: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  Arn: z.string(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().optional() }).optional(),
  RoleArn: z.string().optional(),
  RetryPolicy: z.looseObject({}).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
});
export type Target = z.infer<typeof Target>;
const rule = z.object({
  name: z.string(),
  pattern: z.string(),
  state: z.enum(['ENABLED', 'DISABLED']),
  description: z.string().optional(),
  targets: z.array(Target),
});
export type Rule = z.infer<typeof rule>;
const kept = z.object({
  buses: z.array(z.object({ name: z.string(), createdAt: z.number(), rules: z.array(rule) })),
});
export type Bus = z.infer<typeof kept>['buses'][number];

/** An event as targets get it (EventBridge guide, "Event structure"). */
export type BusEvent = {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: unknown;
};

export type EventBusEngine = {
  buses(): readonly Bus[];
  bus(name: string): Bus | undefined;
  /** Makes the buses of a template that are not there yet. Their events are the ones that are written to the file. */
  createBuses(resolver: Resolver): void;
  addBus(name: string): void;
  removeBus(name: string): void;
  saveRule(bus: Bus, rule: Rule): void;
  removeRule(bus: Bus, name: string): void;
  /** Puts events on a bus and into the queues of the rules that they match. A bus that is not there takes them and drops them. */
  put(busName: string, events: readonly BusEvent[]): Promise<void>;
  stop(): void;
};

export const defaultBus = 'default';
export const busFile = 'events.jsonl';

/** The event of an entry, around which EventBridge puts what it knows. */
export const busEvent = ({ source, time, resources, detail, ...rest }: Told): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': rest['detail-type'],
  ...{ source, account: accountId, time, region, resources, detail },
});
type Told = Pick<BusEvent, 'detail-type' | 'source' | 'time' | 'resources' | 'detail'>;

/** Opens what earlier runs have left. */
export function startEventBuses(
  dataDir: DataDir,
  sqs: Pick<SqsEngine, 'answer'>,
  awsEndpoint: string,
): EventBusEngine {
  const file = dataDir.file('event-bus.json');
  const log = openSync(dataDir.file(busFile), 'a', 0o600);
  let { buses } = existsSync(file)
    ? kept.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { buses: [{ name: defaultBus, createdAt: Date.now(), rules: [] }] };
  const ofStack = new Set<string>();
  const compiled = new WeakMap<Rule, Matches>();
  const matchesOf = (one: Rule): Matches => {
    const matches = compiled.get(one) ?? compilePattern(JSON.parse(one.pattern), 'rule');
    compiled.set(one, matches);
    return matches;
  };
  const save = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify({ buses }, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const addBus = (name: string): void => {
    buses.push({ name, createdAt: Date.now(), rules: [] });
    save();
  };

  async function send(arn: string, MessageBody: string, MessageGroupId?: string): Promise<void> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
    };
    const QueueUrl = queueUrlOf(awsEndpoint, nameInArn(arn));
    const message = JSON.stringify({ QueueUrl, MessageBody, MessageGroupId });
    const { status, body } = await sqs.answer(headers, message);
    if (status !== 200) throw new Error(body);
  }

  async function deliver(rule: Rule, one: Target, event: BusEvent): Promise<void> {
    try {
      await send(one.Arn, bodyOf(one, event), one.SqsParameters?.MessageGroupId);
    } catch (error) {
      console.error(`The rule ${rule.name} cannot tell ${one.Arn}: ${String(error)}`);
      const deadLetters = one.DeadLetterConfig?.Arn;
      if (deadLetters !== undefined) await send(deadLetters, bodyOf(one, event)).catch(tell);
    }
  }
  return {
    buses: () => buses,
    bus: (name) => buses.find((one) => one.name === nameOf(name)),
    createBuses: (resolver) => {
      for (const [id] of resolver.resources('AWS::Events::EventBus')) {
        const name = resolver.identity(id).ref;
        ofStack.add(name);
        if (!buses.some((one) => one.name === name)) addBus(name);
      }
    },
    addBus,
    removeBus: (name) => {
      buses = buses.filter((one) => one.name !== name);
      save();
    },
    saveRule: (bus, given) => {
      bus.rules = [...bus.rules.filter(({ name }) => name !== given.name), given];
      save();
    },
    removeRule: (bus, name) => {
      bus.rules = bus.rules.filter((one) => one.name !== name);
      save();
    },
    put: async (busName, events) => {
      const bus = buses.find((one) => one.name === nameOf(busName));
      if (bus === undefined) return;
      if (ofStack.has(bus.name))
        writeSync(log, events.map((one) => `${JSON.stringify(one)}\n`).join(''));
      for (const event of events)
        for (const one of bus.rules)
          if (one.state === 'ENABLED' && matchesOf(one)(event))
            await Promise.all(one.targets.map((to) => deliver(one, to, event)));
    },
    stop: () => closeSync(log),
  };
}

/** A bus is named by its name or its ARN. */
export const nameOf = (nameOrArn: string): string =>
  nameOrArn.startsWith('arn:') ? nameInArn(nameOrArn).replace('event-bus/', '') : nameOrArn;

const tell = (error: unknown): void => console.error(`A dead letter is lost: ${String(error)}`);

/** What the target gets: the event, a part of it, or a text of its own. */
function bodyOf({ Input, InputPath }: Target, event: BusEvent): string {
  if (Input !== undefined) return Input;
  const names = (InputPath ?? '$').split('.').slice(1);
  return JSON.stringify(
    names.reduce<unknown>((part, name) => (part as Record<string, unknown>)?.[name], event) ?? null,
  );
}
