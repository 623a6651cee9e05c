/**
 * API Gateway's side of an API key: it counts requests by a key of its own kind, attached to the usage plan (API Gateway
 * guide, "Usage plans and API keys for REST APIs"). Not for functions: only who makes keys may change these.
 */
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
  /** Requests are counted under `value`. Done again, it completes what is missing. */
  add(keyId: string, value: string): Promise<void>;
  /** Also when there is none. */
  remove(keyId: string): Promise<void>;
};

/** `planName`: the usage plan bears the name of the control table (lib/usage-plan.ts). */
export function usagePlanKeys(client: APIGatewayClient, planName: string): UsagePlanKeys {
  // The service finds names by how they begin.
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

/** A lost answer makes the SDK send again, and the second time the thing is there. */
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
