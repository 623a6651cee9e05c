/**
 * A node as it is asked: calls of the same moment share a request. A request that is refused or lost is split, so a batch in
 * which one call fails loses that call only, and a node that takes few calls at once is asked for few; a call that is lost by
 * itself is asked once more, and again. Sending the same bytes more than once is harmless (core/payout/rail.ts). It needs no
 * library, so every function may ask a node.
 */
import { ShutError } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import {
  rpcBatchMax,
  rpcForgetMs,
  rpcPatienceMs,
  rpcRetryMs,
  rpcTriesMax,
} from '../../core/rails/evm/limits.ts';
import { systemClock } from '../net/clock.ts';
import type { Answer, RpcError } from '../net/json-rpc.ts';
import { type Call, type Exchange, exchangeWith, type NodeConfig } from './exchange.ts';
import { replyFor } from './replies.ts';
import { revertDataIn } from './revert-data.ts';

/** The node said no to a call. */
export class RefusedCallError extends Error {
  override readonly name = 'RefusedCallError';
  readonly said: RpcError;
  constructor(said: RpcError) {
    super(said.message);
    this.said = said;
  }
}

/** Asks one thing; of those of the same moment the one with the lowest `order` first. Throws RefusedCallError, or why there is no answer. */
export type Line = (call: Call, order?: number) => Promise<unknown>;

export const openLine = (config: NodeConfig): Line => together(exchangeWith(config), config);

type Asked = {
  call: Call;
  order: number;
  /** Is true from the first answer on; later ones change nothing. */
  isDone: boolean;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

/** Gathers the calls of one moment. */
function together(exchange: Exchange, config: NodeConfig): Line {
  const deliver = delivering(exchange);
  let waiting: Asked[] = [];
  const limit = config.batch ?? rpcBatchMax;
  let most = limit;
  let refusedAt = 0;
  const begin = (): void => {
    const calls = waiting.toSorted((a, b) => a.order - b.order);
    waiting = [];
    const now = systemClock.now();
    if (now - refusedAt > rpcForgetMs) most = limit;
    for (let start = 0; start < calls.length; start += most) {
      const batch = calls.slice(start, start + most);
      void deliver(batch, now + callTimeoutMs).then((taken) => {
        if (taken === 0 || taken >= batch.length) return;
        // The whole was refused or lost, and parts of it were not: so many at once are asked for a while.
        most = Math.min(most, taken);
        refusedAt = now;
      });
    }
  };
  return (call, order = 0) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setTimeout(begin, 0);
      waiting.push({ call, order, isDone: false, resolve, reject });
    });
}

type Deliver = (calls: readonly Asked[], until: number) => Promise<number>;

/** Every call is answered or rejected. Answers how many calls the largest request had that the node answered; 0: none. */
function delivering(exchange: Exchange): Deliver {
  const settle = (asked: Asked, answer: Answer): void => {
    if (asked.isDone) return;
    asked.isDone = true;
    if ('result' in answer) asked.resolve(answer.result);
    else if ('lost' in answer) asked.reject(answer.lost);
    else asked.reject(new RefusedCallError(answer.error));
  };
  const alone = async (asked: Asked, until: number): Promise<number> => {
    const late: Promise<void>[] = [];
    let answer: Answer = nothing;
    for (let tries = 1; tries <= rpcTriesMax && !asked.isDone; tries += 1) {
      const asking = exchange([asked.call], until).then(([said = nothing]) => said);
      const isLast = tries === rpcTriesMax || until - systemClock.now() < 2 * rpcPatienceMs;
      const said = isLast ? await asking : await within(rpcPatienceMs, asking);
      if (said === undefined) {
        late.push(asking.then((one) => ('result' in one ? settle(asked, one) : undefined)));
        continue;
      }
      answer = said;
      if (isLast || !isPassing(asked.call, answer)) break;
      await after(rpcRetryMs * tries);
    }
    // An answer that is late is better than none.
    if (!('result' in answer)) await Promise.all(late);
    settle(asked, answer);
    return 'lost' in answer ? 0 : 1;
  };
  const deliver: Deliver = async (calls, until) => {
    const [first] = calls;
    if (first === undefined) return 0;
    if (calls.length === 1) return alone(first, until);
    const asking = exchange(
      calls.map(({ call }) => call),
      until,
    );
    const answers = await within(rpcPatienceMs, asking);
    if (answers === undefined) {
      // A late answer still counts. Whatever hangs need not hold the others.
      const late = asking.then((said) => settleClear(calls, said, settle));
      const taken = await Promise.all(calls.map((one) => alone(one, until)));
      await late;
      return Math.max(...taken) === 0 ? 0 : Math.floor(calls.length / 2);
    }
    const shut = answers.find((one) => 'lost' in one && one.lost instanceof ShutError);
    if (shut !== undefined) {
      for (const one of calls) settle(one, shut);
      return 0;
    }
    const left = settleClear(calls, answers, settle);
    if (left.length === 0) return calls.length;
    const middle = Math.ceil(left.length / 2);
    const halves = [left.slice(0, middle), left.slice(middle)];
    const taken = Math.max(...(await Promise.all(halves.map((half) => deliver(half, until)))));
    return left.length < calls.length ? calls.length : taken;
  };
  return deliver;
}

const nothing: Answer = { lost: new Error('no answer') };
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What comes of it within this time; `undefined`: nothing has yet. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles the calls whose answer is theirs alone, and answers the others: they may have been refused for the company. */
function settleClear(
  calls: readonly Asked[],
  answers: readonly Answer[],
  settle: (asked: Asked, answer: Answer) => void,
): Asked[] {
  return calls.filter((asked, index) => {
    const answer = answers[index] ?? nothing;
    const isOwn =
      'result' in answer ||
      ('error' in answer &&
        (asked.call.method === 'eth_sendRawTransaction'
          ? replyFor(answer.error.message) !== 'unknown'
          : revertDataIn(answer.error) !== null));
    if (isOwn) settle(asked, answer);
    return !asked.isDone;
  });
}

/**
 * Internal error (JSON-RPC 2.0, section 5.1), limit exceeded (EIP-1474), and QuickNode's and Alchemy's codes for too many
 * requests (https://www.quicknode.com/docs/ethereum/error-references, https://www.alchemy.com/docs/reference/error-reference).
 */
const passingCodes: ReadonlySet<number> = new Set([-32_603, -32_005, -32_007, 429]);

/** Whether asking once more may help. A range of logs that was refused is asked for in halves instead (ranges.ts). */
function isPassing({ method }: Call, answer: Answer): boolean {
  if ('result' in answer) return false;
  if ('lost' in answer) return !(answer.lost instanceof ShutError);
  if (method === 'eth_getLogs' || revertDataIn(answer.error) !== null) return false;
  return passingCodes.has(answer.error.code) && replyFor(answer.error.message) === 'unknown';
}
