/** Plays API Gateway's usage plans. The keys are the template's, and those made since, which the data directory keeps. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DataDir } from '../host/data-dir.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { bucketPerName, type Monotonic, type Throttle } from './token-bucket.ts';

export type UsagePlan = {
  id: string;
  name: string;
  stages: readonly string[];
  /** The rate of each key; `null` means as much as the stage lets through. */
  throttle: Throttle | null;
};
export type UsageKey = { id: string; name: string; value: string; plans: readonly string[] };

export type UsagePlans = {
  plans: readonly UsagePlan[];
  keys(): readonly UsageKey[];
  /** Makes a key. Answers `null` when there is one with this value. */
  add(name: string, value: string): UsageKey | null;
  attach(key: UsageKey, planId: string): void;
  /** Deletes a key. Answers false when there is none with this id. */
  remove(id: string): boolean;
  /** Makes sure that a key with this value is in this plan. */
  ensure(name: string, value: string, planId: string): void;
  /** Counts a request to a stage under this value, and answers what API Gateway does with it. */
  admit(value: string | null, stage: string): 'ADMITTED' | 'INVALID_API_KEY' | 'THROTTLED';
};

const fileName = 'usage-keys.json';

/** Opens the plans of the template with all keys. */
export function openUsagePlans(
  resolver: Resolver,
  dataDir: Pick<DataDir, 'file'>,
  now: Monotonic = () => performance.now(),
): UsagePlans {
  const plans = plansIn(resolver);
  const declared = keysIn(resolver);
  const file = dataDir.file(fileName);
  const made = new Map(keysOf(file).map((key) => [key.id, key]));
  const take = bucketPerName(now);
  /** The keys by value, because each request asks by it. */
  let byValue = new Map<string, UsageKey>();
  const keys = (): UsageKey[] => [...declared, ...made.values()];
  const index = (): void => {
    byValue = new Map(keys().map((key) => [key.value, key]));
  };
  const save = (): void => {
    index();
    // The file is written whole or not at all, so that a crash loses no key that somebody was told of.
    writeFileSync(`${file}.new`, JSON.stringify([...made.values()]), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const put = (key: UsageKey): UsageKey => {
    made.set(key.id, key);
    save();
    return key;
  };
  const add = (name: string, value: string): UsageKey | null =>
    byValue.has(value) ? null : put({ id: randomBytes(5).toString('hex'), name, value, plans: [] });
  const attach = (key: UsageKey, planId: string): void => {
    put({ ...key, plans: [...new Set([...key.plans, planId])] });
  };
  index();
  return {
    plans,
    keys,
    add,
    attach,
    remove: (id) => {
      const removed = made.delete(id);
      if (removed) save();
      return removed;
    },
    ensure: (name, value, planId) => {
      const key = byValue.get(value) ?? add(name, value);
      if (key !== null && !key.plans.includes(planId)) attach(key, planId);
    },
    admit: (value, stage) => {
      const key = value === null ? undefined : byValue.get(value);
      const plan = plans.find(
        ({ id, stages }) => key?.plans.includes(id) && stages.includes(stage),
      );
      if (key === undefined || plan === undefined) return 'INVALID_API_KEY';
      if (plan.throttle === null) return 'ADMITTED';
      return take(`${plan.id} ${key.id}`, plan.throttle) ? 'ADMITTED' : 'THROTTLED';
    },
  };
}

const keysOf = (file: string): UsageKey[] =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];

type Properties = Record<string, unknown>;

function plansIn(resolver: Resolver): UsagePlan[] {
  return resolver.resources('AWS::ApiGateway::UsagePlan').map(([id, resource]) => {
    const { UsagePlanName, ApiStages, Throttle, Quota } = resolver.resolve(
      resource.Properties,
    ) as Properties;
    if (Quota !== undefined) throw new Error(`${id}: a quota is not supported here.`);
    const stages = (ApiStages ?? []) as { Stage: string; Throttle?: object }[];
    if (stages.some((stage) => Object.keys(stage.Throttle ?? {}).length > 0))
      throw new Error(`${id}: a throttle of single methods is not supported here.`);
    const { ref } = resolver.identity(id);
    return {
      id: ref,
      name: String(UsagePlanName ?? ref),
      stages: stages.map(({ Stage }) => Stage),
      throttle: throttleOf(Throttle as Properties | undefined),
    };
  });
}

function throttleOf(declared: Properties | undefined): Throttle | null {
  if (declared === undefined) return null;
  return {
    ratePerSecond: Number(declared['RateLimit']),
    burst: Number(declared['BurstLimit'] ?? declared['RateLimit']),
  };
}

function keysIn(resolver: Resolver): UsageKey[] {
  const attached = resolver
    .resources('AWS::ApiGateway::UsagePlanKey')
    .map(([, resource]) => resolver.resolve(resource.Properties) as Properties);
  return resolver.resources('AWS::ApiGateway::ApiKey').flatMap(([id, resource]) => {
    const { Name, Value, Enabled } = resolver.resolve(resource.Properties) as Properties;
    // A key without a value gets a secret one from AWS, which nobody on this machine could know.
    if (Enabled !== true || Value === undefined) return [];
    const { ref } = resolver.identity(id);
    const plans = attached.filter(({ KeyId }) => KeyId === ref);
    return [
      {
        ...{ id: ref, name: String(Name ?? ref), value: String(Value) },
        plans: plans.map(({ UsagePlanId }) => String(UsagePlanId)),
      },
    ];
  });
}
