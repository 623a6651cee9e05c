/**
 * Makes and revokes API keys, for `npm run keys`. The register is written first and the item that makes a key work last, so
 * a crash leaves no working key unregistered. The next key of the tenant clears away what was broken off.
 */
import type { UsagePlanKeys } from '../../adapters/aws/usage-plan-keys.ts';
import type { KeyRegister, RegisteredKey } from '../../adapters/dynamo/key-register.ts';
import type { NewKey } from '../../adapters/dynamo/key-rows.ts';

export type KeysWorld = {
  register: KeyRegister;
  usagePlan: UsagePlanKeys;
  now(): number;
  random(bytes: number): Buffer;
};
export type KeyRequest = Pick<NewKey, 'tenant' | 'scopes' | 'name' | 'principal'>;

/** Making a key takes seconds: one that is unfinished after this long never will be finished. */
const abandonedMs = 10 * 60_000;

/** Makes a key. The answer has its only copy. */
export async function createKey(
  world: KeysWorld,
  request: KeyRequest,
): Promise<{ key: string; keyId: string }> {
  await clearAbandoned(world, request.tenant);
  const key = `dk_${world.random(24).toString('base64url')}`;
  const made: NewKey = {
    ...request,
    keyId: `key_${world.random(8).toString('hex')}`,
    usageKey: world.random(24).toString('base64url'),
    createdAt: world.now(),
  };
  await world.register.begin(key, made);
  await world.usagePlan.add(made.keyId, made.usageKey);
  await world.register.finish(key, made, world.now());
  return { key, keyId: made.keyId };
}

/** Revokes a key. Answers its registration from before, or `null` when there is no key with this id. */
export async function revokeKey(world: KeysWorld, keyId: string): Promise<RegisteredKey | null> {
  const registered = await world.register.find(keyId);
  if (registered === null) return null;
  await world.register.revoke(registered, world.now());
  await world.usagePlan.remove(keyId);
  return registered;
}

async function clearAbandoned(world: KeysWorld, tenant: string): Promise<void> {
  const before = world.now() - abandonedMs;
  for (const one of await world.register.list())
    if (one.tenant === tenant && isBrokenOff(one) && one.createdAt < before)
      await revokeKey(world, one.keyId);
}

/** Whether the making of a key was begun and not finished. */
export const isBrokenOff = ({ readyAt, revokedAt }: RegisteredKey): boolean =>
  readyAt === undefined && revokedAt === undefined;
