/** Attaches keys to the usage plan (API Gateway guide, "Usage plans and API keys for REST APIs"), for `npm run keys` only. */
import {
  type APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  NotFoundException,
  paginateGetApiKeys,
  paginateGetUsagePlans,
} from '@aws-sdk/client-api-gateway';

export type UsagePlanKeys = {
  /** Requests are counted under `value`. A second call completes what a first one left undone. */
  add(keyId: string, value: string): Promise<void>;
  /** Succeeds also when there is no such key. */
  remove(keyId: string): Promise<void>;
};

/** `planName` is the name of the control table, which the usage plan bears (lib/usage-plan.ts). */
export function usagePlanKeys(client: APIGatewayClient, planName: string): UsagePlanKeys {
  // `nameQuery` also finds longer names that begin like this one.
  const idsOf = async (keyId: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { items = [] } of paginateGetApiKeys({ client }, { nameQuery: keyId }))
      ids.push(...items.flatMap(({ id, name }) => (name === keyId && id !== undefined ? id : [])));
    return ids;
  };
  const made = async (keyId: string, value: string): Promise<string> => {
    const [existing] = await idsOf(keyId);
    if (existing !== undefined) return existing;
    const { id } = await client.send(
      new CreateApiKeyCommand({ name: keyId, value, enabled: true }),
    );
    if (id === undefined) throw new Error('API Gateway made a key and did not say its id.');
    return id;
  };
  return {
    add: async (keyId, value) => {
      const usagePlanId = await planId(client, planName);
      const id = await orIfThere(made(keyId, value), () => made(keyId, value));
      const attach = { usagePlanId, keyId: id, keyType: 'API_KEY' };
      await orIfThere(client.send(new CreateUsagePlanKeyCommand(attach)), async () => {});
    },
    remove: async (keyId) => {
      for (const apiKey of await idsOf(keyId))
        try {
          await client.send(new DeleteApiKeyCommand({ apiKey }));
        } catch (error) {
          if (!(error instanceof NotFoundException)) throw error;
        }
    },
  };
}

/** Runs `otherwise` after a conflict: the SDK may have sent again after a lost answer and met its own first request. */
async function orIfThere<A, B>(done: Promise<A>, otherwise: () => Promise<B>): Promise<A | B> {
  try {
    return await done;
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    return otherwise();
  }
}

async function planId(client: APIGatewayClient, planName: string): Promise<string> {
  for await (const { items = [] } of paginateGetUsagePlans({ client }, {}))
    for (const { id, name } of items) if (name === planName && id !== undefined) return id;
  throw new Error(
    `There is no usage plan named ${planName} in this account and region: is the stack deployed here, and in this version?`,
  );
}
