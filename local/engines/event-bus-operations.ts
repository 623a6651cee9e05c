/** What EventBridge's calls do here. The errors are EventBridge's own. */
import { nameInArn } from '../template/aws-names.ts';
import { compilePattern, type Matches } from '../template/event-pattern.ts';
import { busArnOf, ruleOnBusArnOf } from '../template/identities.ts';
import { type Bus, defaultBus, type EventBusEngine, nameOf, type Rule } from './event-bus.ts';
import type { Inputs, Operations } from './event-bus-inputs.ts';
import { putEvents } from './event-bus-puts.ts';
import { Refusal } from './event-bus-refusal.ts';

/** Targets of a rule (EventBridge guide, "Quotas"). */
const targetsMax = 5;

/** The operations on the buses of this machine. */
export function operationsOn(engine: EventBusEngine): Operations {
  const busOf = (asked: string): Bus => {
    const bus = engine.bus(asked);
    if (bus !== undefined) return bus;
    throw new Refusal('ResourceNotFoundException', `Event bus ${nameOf(asked)} does not exist.`);
  };
  const ruleOf = (ruleName: string, bus: Bus): Rule => {
    const rule = bus.rules.find((one) => one.name === ruleName);
    if (rule !== undefined) return rule;
    throw new Refusal(
      'ResourceNotFoundException',
      `Rule ${ruleName} does not exist on EventBus ${bus.name}.`,
    );
  };
  const setState = (state: Rule['state']) => (input: Inputs['EnableRule']) => {
    const bus = busOf(input.EventBusName);
    engine.saveRule(bus, { ...ruleOf(input.Name, bus), state });
    return {};
  };
  return {
    PutEvents: (input) => putEvents(engine, input),
    CreateEventBus: ({ Name }) => {
      if (engine.bus(Name) !== undefined)
        throw new Refusal('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`);
      engine.addBus(Name);
      return { EventBusArn: busArnOf(Name) };
    },
    DeleteEventBus: ({ Name }) => {
      const bus = engine.bus(Name);
      if (bus?.name === defaultBus)
        throw new Refusal('ValidationException', 'Cannot delete event bus default.');
      if (bus !== undefined && bus.rules.length > 0)
        throw new Refusal('ValidationException', "Event bus can't be deleted since it has rules.");
      if (bus !== undefined) engine.removeBus(bus.name);
      return {};
    },
    DescribeEventBus: ({ Name }) => busBody(busOf(Name)),
    ListEventBuses: ({ NamePrefix = '' }) => ({
      EventBuses: engine
        .buses()
        .flatMap((bus) => (bus.name.startsWith(NamePrefix) ? [busBody(bus)] : [])),
    }),
    PutRule: ({ Name, EventPattern, State, Description, EventBusName }) => {
      const bus = busOf(EventBusName);
      compiled(EventPattern);
      const targets = bus.rules.find((one) => one.name === Name)?.targets ?? [];
      const rule = { name: Name, pattern: EventPattern, state: State, targets };
      engine.saveRule(bus, { ...rule, ...(Description && { description: Description }) });
      return { RuleArn: ruleOnBusArnOf(bus.name, Name) };
    },
    DescribeRule: ({ Name, EventBusName }) => {
      const bus = busOf(EventBusName);
      return ruleBody(bus, ruleOf(Name, bus));
    },
    EnableRule: setState('ENABLED'),
    DisableRule: setState('DISABLED'),
    DeleteRule: ({ Name, EventBusName }) => {
      const bus = busOf(EventBusName);
      // EventBridge says nothing of a rule that is not there.
      const targets = bus.rules.find((one) => one.name === Name)?.targets ?? [];
      if (targets.length > 0)
        throw new Refusal('ValidationException', "Rule can't be deleted since it has targets.");
      engine.removeRule(bus, Name);
      return {};
    },
    ListRules: ({ NamePrefix = '', EventBusName }) => {
      const bus = busOf(EventBusName);
      const rules = bus.rules.filter((one) => one.name.startsWith(NamePrefix));
      return { Rules: rules.map((one) => ruleBody(bus, one)) };
    },
    PutTargets: ({ Rule: ruleName, EventBusName, Targets }) => {
      const bus = busOf(EventBusName);
      const rule = ruleOf(ruleName, bus);
      for (const { Arn, Id, SqsParameters } of Targets) {
        if (!/^arn:aws:sqs:[^:]+:\d{12}:[^:]+$/.test(Arn))
          throw new Refusal('ValidationException', `${Arn}: here a target is a queue.`);
        if (nameInArn(Arn).endsWith('.fifo') && SqsParameters?.MessageGroupId === undefined)
          throw new Refusal(
            'ValidationException',
            `Parameter(s) SqsParameters must be specified for target: ${Id}.`,
          );
      }
      const ids = new Set(Targets.map(({ Id }) => Id));
      const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...Targets];
      if (targets.length > targetsMax)
        throw new Refusal(
          'LimitExceededException',
          `The requested resource exceeds the maximum number allowed: ${targetsMax} targets.`,
        );
      engine.saveRule(bus, { ...rule, targets });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: ({ Rule: ruleName, EventBusName }) => ({
      Targets: ruleOf(ruleName, busOf(EventBusName)).targets,
    }),
    RemoveTargets: ({ Rule: ruleName, EventBusName, Ids }) => {
      const bus = busOf(EventBusName);
      const rule = ruleOf(ruleName, bus);
      const unknown = Ids.filter((id) => !rule.targets.some(({ Id }) => Id === id));
      const targets = rule.targets.filter(({ Id }) => !Ids.includes(Id));
      engine.saveRule(bus, { ...rule, targets });
      const FailedEntries = unknown.map((TargetId) => ({
        TargetId,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Target ${TargetId} does not exist.`,
      }));
      return { FailedEntryCount: unknown.length, FailedEntries };
    },
    TestEventPattern: ({ EventPattern, Event }) => ({
      Result: compiled(EventPattern)(eventIn(Event)),
    }),
  };
}

function compiled(pattern: string): Matches {
  try {
    return compilePattern(JSON.parse(pattern), 'rule');
  } catch (error) {
    const { message } = error as Error;
    throw new Refusal(
      'InvalidEventPatternException',
      `Event pattern is not valid. Reason: ${message}`,
    );
  }
}

/** The fields that every event has (EventBridge API reference, "TestEventPattern"). */
const always = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function eventIn(text: string): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new Refusal('ValidationException', 'Parameter Event is not valid.');
  }
  const missing = always.filter((name) => !Object.hasOwn(Object(event), name));
  if (missing.length > 0)
    throw new Refusal('ValidationException', `Parameter Event lacks ${missing.join(', ')}.`);
  return event;
}

const busBody = ({ name, createdAt }: Bus) => ({
  Name: name,
  Arn: busArnOf(name),
  CreationTime: createdAt / 1_000,
  LastModifiedTime: createdAt / 1_000,
});

const ruleBody = (bus: Bus, { name, pattern, state, description }: Rule) => ({
  Name: name,
  Arn: ruleOnBusArnOf(bus.name, name),
  EventPattern: pattern,
  State: state,
  ...(description !== undefined && { Description: description }),
  EventBusName: bus.name,
});
