/** What EventBridge's calls take here. What is not named is not supported, and refused, so that nothing means less than on AWS. */
import * as z from 'zod';
import { defaultBus, Target } from './event-bus.ts';

/** EventBridge's quotas: entries of PutEvents, and the length of a pattern. */
const entriesMax = 10;
const patternLengthMax = 2_048;

const name = z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/);
const busName = z.string().min(1).max(1_600).default(defaultBus);
/** Lists of one machine are short: they have one page, and a token is of no page of ours. */
const list = { Limit: z.int().min(1).max(100).optional(), NextToken: z.undefined().optional() };
export const inputs = {
  PutEvents: z.strictObject({
    Entries: z
      .array(
        z.looseObject({
          Source: z.string().optional(),
          DetailType: z.string().optional(),
          Detail: z.string().optional(),
          EventBusName: busName,
          Time: z.number().optional(),
          Resources: z.array(z.string()).default([]),
        }),
      )
      .min(1)
      .max(entriesMax),
  }),
  CreateEventBus: z.strictObject({
    Name: z.string().regex(/^[.\-_A-Za-z0-9]{1,256}$/),
    Description: z.string().optional(),
    Tags: z.array(z.looseObject({})).optional(),
  }),
  DeleteEventBus: z.strictObject({ Name: z.string() }),
  DescribeEventBus: z.strictObject({ Name: busName }),
  ListEventBuses: z.strictObject({ NamePrefix: z.string().optional(), ...list }),
  PutRule: z.strictObject({
    Name: name,
    EventPattern: z.string().max(patternLengthMax),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Description: z.string().max(512).optional(),
    EventBusName: busName,
    RoleArn: z.string().optional(),
    Tags: z.array(z.looseObject({})).optional(),
  }),
  DescribeRule: z.strictObject({ Name: name, EventBusName: busName }),
  EnableRule: z.strictObject({ Name: name, EventBusName: busName }),
  DisableRule: z.strictObject({ Name: name, EventBusName: busName }),
  DeleteRule: z.strictObject({
    Name: name,
    EventBusName: busName,
    Force: z.boolean().optional(),
  }),
  ListRules: z.strictObject({
    NamePrefix: z.string().optional(),
    EventBusName: busName,
    ...list,
  }),
  PutTargets: z.strictObject({
    Rule: name,
    EventBusName: busName,
    Targets: z.array(Target).min(1).max(100),
  }),
  ListTargetsByRule: z.strictObject({ Rule: name, EventBusName: busName, ...list }),
  RemoveTargets: z.strictObject({
    Rule: name,
    EventBusName: busName,
    Ids: z.array(z.string()).min(1),
    Force: z.boolean().optional(),
  }),
  TestEventPattern: z.strictObject({ EventPattern: z.string(), Event: z.string() }),
} as const;
export type Inputs = { [Operation in keyof typeof inputs]: z.output<(typeof inputs)[Operation]> };
export type Operations = { [Operation in keyof Inputs]: (input: Inputs[Operation]) => unknown };
