/** Asks a node, and reads what it answers. Whatever cannot be read is no answer: nothing is decided on it. */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import type { Answer, RpcError } from '../net/json-rpc.ts';
import { type BitcoinNode, type Call, type Exchange, exchangeWith, wordsOf } from './exchange.ts';
import { hash, integer } from './json.ts';

/** The node said no to a call. */
export class RefusedCallError extends UnavailableError {
  readonly said: RpcError;
  constructor(method: string, said: RpcError) {
    super(`${method}: ${wordsOf(said)}`);
    this.said = said;
  }
}

export type Ask = {
  /** Throws RefusedCallError on a refusal, and UnavailableError where there is no answer that can be read. */
  one<T>(schema: z.ZodType<T>, ...call: Call): Promise<T>;
  /** The same of many calls, in one request where the node takes that. */
  many<T>(schema: z.ZodType<T>, calls: readonly Call[]): Promise<T[]>;
  /** The answer as it is. */
  raw(...call: Call): Promise<Answer>;
};

export const askOf = (node: BitcoinNode): Ask => askThrough(exchangeWith(node));

export function askThrough(exchange: Exchange): Ask {
  const read = <T>(schema: z.ZodType<T>, [method]: Call, answer: Answer | undefined): T => {
    if (answer === undefined) throw new UnavailableError(`${method}: no answer`);
    if ('lost' in answer) throw answer.lost;
    if ('error' in answer) throw new RefusedCallError(method, answer.error);
    const parsed = schema.safeParse(answer.result);
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new UnavailableError(`${method}: an answer that cannot be read (${where})`);
  };
  const many: Ask['many'] = async (schema, calls) => {
    const answers = await exchange(calls);
    return calls.map((call, index) => read(schema, call, answers[index]));
  };
  return {
    many,
    one: async (schema, ...call) => read(schema, call, (await exchange([call]))[0]),
    raw: async (...call) =>
      (await exchange([call]))[0] ?? { lost: new UnavailableError('no answer') },
  };
}

/** `getblockchaininfo`. `headers`: how far the node knows that the chain goes. */
export const chainInfo = z.object({
  chain: z.string(),
  blocks: integer,
  headers: integer,
  bestblockhash: hash,
  initialblockdownload: z.boolean().default(false),
});
