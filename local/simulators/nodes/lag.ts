/** Makes a node lag behind its chain: its answers are those of the chain about an earlier head. */

type NodeCall = { id?: unknown; method: string; params?: unknown[] };
export type Ask = (method: string, ...params: unknown[]) => Promise<unknown>;
type Block = { number: string; timestamp: string };

const hex = (value: number): string => `0x${Math.max(0, value).toString(16)}`;

function parsed(text: string): NodeCall[] {
  try {
    const body: unknown = JSON.parse(text);
    return (Array.isArray(body) ? body : [body]).filter(
      (one): one is NodeCall => typeof one?.method === 'string',
    );
  } catch {
    return []; // The chain itself refuses such a request.
  }
}

/** The methods of a request, which is one call or a batch. */
export const methodsIn = (text: string): string[] => parsed(text).map(({ method }) => method);

/** Changes a request to ask as of then. `safe` and `finalized` are one and two blocks behind (local/chains/anvil.ts). */
export async function seenAt(ask: Ask, text: string, asOfMs: number): Promise<string> {
  const head = await headAt(ask, asOfMs);
  const tags: Record<string, string> = {
    latest: hex(head),
    pending: hex(head),
    safe: hex(head - 1),
    finalized: hex(head - 2),
  };
  const past = (call: NodeCall): NodeCall => ({
    ...call,
    params: call.params?.map((param) => inPast(param, tags, head)) ?? [],
  });
  const body: unknown = JSON.parse(text);
  return JSON.stringify(Array.isArray(body) ? body.map(past) : past(body as NodeCall));
}

function inPast(param: unknown, tags: Record<string, string>, head: number): unknown {
  if (typeof param === 'string') return tags[param] ?? param;
  if (typeof param !== 'object' || param === null || !('toBlock' in param)) return param;
  const { toBlock } = param;
  if (typeof toBlock !== 'string') return param;
  return { ...param, toBlock: tags[toBlock] ?? hex(Math.min(Number(toBlock), head)) };
}

/** The number of the last block at that time. */
async function headAt(ask: Ask, asOfMs: number): Promise<number> {
  let block = (await ask('eth_getBlockByNumber', 'latest', false)) as Block;
  while (Number(block.timestamp) * 1_000 > asOfMs && Number(block.number) > 0)
    block = (await ask('eth_getBlockByNumber', hex(Number(block.number) - 1), false)) as Block;
  return Number(block.number);
}
