/** A node as viem asks it (line.ts says how its calls travel). */
import { type Client, createClient, custom, type Hex, RpcRequestError } from 'viem';
import type { Call, NodeConfig } from './exchange.ts';
import { openLine, RefusedCallError } from './line.ts';
import { readable } from './said.ts';

export type Node = {
  /** Everything that reads. */
  client: Client;
  /** Hands signed bytes to the node; those of the same moment in the order of their nonces. Throws what the node said. */
  send(raw: Hex, nonce: number): Promise<void>;
};

export function openNode(config: NodeConfig): Node {
  const line = openLine(config);
  const offering = openLine(config);
  /** viem knows no errors but its own. */
  const asViem = async (asking: Promise<unknown>, method: string): Promise<unknown> => {
    try {
      return await asking;
    } catch (error) {
      if (!(error instanceof RefusedCallError)) throw error;
      throw new RpcRequestError({ body: { method }, error: error.said, url: config.network });
    }
  };
  const request = async (call: Call): Promise<unknown> =>
    readable(call.method, await asViem(line(call), call.method));
  return {
    client: createClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 }),
    send: async (raw, nonce) => {
      const method = 'eth_sendRawTransaction';
      await asViem(offering({ method, params: [raw] }, nonce), method);
    },
  };
}
