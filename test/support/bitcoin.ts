/** Makes steps 4 and 5 on a chain of bitcoin of their own, with a treasury of its own and a node that can be made to fail. */
import { createHash } from 'node:crypto';
import type { Call } from '../../lambdas/adapters/bitcoin/exchange.ts';
import { parsedJson } from '../../lambdas/adapters/bitcoin/json.ts';
import { connectBitcoin } from '../../lambdas/adapters/bitcoin/payouts.ts';
import {
  bitcoinSigner,
  type DigestKey,
  treasuryOf,
} from '../../lambdas/adapters/bitcoin/signer.ts';
import { localKey } from '../../lambdas/adapters/bitcoin/signer-local.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../lambdas/core/payout/confirm.ts';
import { scriptOf } from '../../lambdas/core/rails/bitcoin/address.ts';
import { bitcoinAttemptOf } from '../../lambdas/core/rails/bitcoin/attempt.ts';
import { bitcoinRail } from '../../lambdas/core/rails/bitcoin/rail.ts';
import type { Outpoint } from '../../lambdas/core/rails/bitcoin/wire.ts';
import { answerTo, rpcMethods } from '../../local/chains/bitcoin/rpc.ts';
import { openChain } from '../../local/chains/bitcoin/service.ts';
import { type Handle, serveJson } from '../../local/simulators/http.ts';
import { allOn } from './gates.ts';
import { at, minorOf, testClock } from './things.ts';
import { endPayout, stepWorld, type TestWorld } from './world.ts';

export const customer = 'bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6';

let keys = 0;
export const newKey = (): DigestKey => {
  keys += 1;
  return localKey(new Uint8Array(createHash('sha256').update(`key ${keys}`).digest()));
};

/** What becomes of a call: the node never hears of it, or its answer never comes. */
type Fault = 'not-heard' | 'not-answered' | { code: number; message: string };

export async function startBitcoinNode(key = newKey(), hasWallet = true) {
  const treasury = treasuryOf(key, 'regtest');
  const engine = openChain(treasury, null);
  const methods = rpcMethods(engine, hasWallet ? [treasury] : null);
  const faults: { method: string; fault: Fault }[] = [];
  const asked: string[] = [];
  const handle: Handle = ({ text }) => {
    const body = JSON.parse(text) as
      | { id: unknown; method: string }[]
      | { id: unknown; method: string };
    const calls = [body].flat();
    asked.push(...calls.map(({ method }) => method));
    const index = faults.findIndex(({ method }) => calls.some((call) => call.method === method));
    const [struck] = index === -1 ? [] : faults.splice(index, 1);
    if (struck?.fault === 'not-heard') return { noReply: 'reset' };
    if (struck !== undefined && typeof struck.fault === 'object')
      return { status: 500, body: { result: null, error: struck.fault, id: calls[0]?.id } };
    const answers = calls.map((call) => answerTo(methods, call));
    if (struck?.fault === 'not-answered') return { noReply: 'hang-up' };
    return { status: 200, body: Array.isArray(body) ? answers : answers[0] };
  };
  const { baseUrl, stop } = await serveJson(0, handle);
  const nobody = scriptOf(treasuryOf(newKey(), 'regtest'), 'regtest');
  return {
    ...{ key, treasury, engine, rpcUrl: baseUrl, stop, asked },
    fault: (method: string, fault: Fault) => faults.push({ method, fault }),
    /** Mines what the pool has, and then as many blocks that it may be final. */
    mine: (many = 1, raws?: readonly string[]) => {
      for (let block = 0; block < many; block += 1)
        engine.mine([{ script: nobody, amount: engine.subsidy() }], block === 0 ? raws : undefined);
    },
    /** What this address has got in blocks. */
    paidTo: (address: string): bigint[] => {
      const script = Buffer.from(scriptOf(address, 'regtest'));
      const found: bigint[] = [];
      for (let height = 1; height <= engine.head().height; height += 1)
        for (const { transaction } of engine.blockAt(height)?.transactions ?? [])
          for (const output of transaction.outputs)
            if (script.equals(output.script)) found.push(output.amount);
      return found;
    },
    call: (...[method, ...params]: Call): unknown => {
      const answer = answerTo(methods, { id: 1, method, params }) as { result?: unknown };
      return (parsedJson(JSON.stringify(answer)) as { result?: unknown }).result;
    },
  };
}
export type BitcoinNode = Awaited<ReturnType<typeof startBitcoinNode>>;

export function startBitcoinPayouts(
  { store, outputs, reserved, now }: TestWorld,
  node: BitcoinNode,
) {
  const clock = testClock(Date.now());
  const world = { ...stepWorld(store, clock), switches: allOn };
  const cap = 200_000n;
  const settings = { feeCap: cap };
  const chain = () =>
    connectBitcoin({
      ...{ network: 'bitcoin', net: 'regtest', treasury: node.treasury, rpcUrl: node.rpcUrl },
      ...{ ...settings },
      finalityMs: 6_000,
    });
  const rails = async () =>
    bitcoinRail(chain(), {
      store,
      outputs,
      clock,
      signer: bitcoinSigner(node.key, 'regtest', cap),
    });
  const attemptsOf = async (id: WithdrawalId) => {
    const found = await now(id);
    const count = 'attempts' in found ? found.attempts : 0;
    const all = await Promise.all(
      Array.from({ length: count }, (_, index) => store.attempt(id, index + 1)),
    );
    return all.flatMap((one) =>
      one === null ? [] : [{ ...bitcoinAttemptOf(one), ends: one.ends }],
    );
  };
  return {
    ...{ clock, world, rails, chain, settings, attemptsOf },
    broadcast: makeBroadcast({ ...world, rails }),
    confirm: makeConfirm({ ...world, rails }),
    payout: (amount: bigint, destination = customer) =>
      reserved({
        ...{ currency: 'BTC', asset: 'BTC', network: 'bitcoin' },
        ...{ amount: minorOf(amount), destination },
      }),
    /** What an operator's cancellation does. */
    end: (id: WithdrawalId) => endPayout({ store, now }, id, at(clock.now())),
    inputsOf: async (id: WithdrawalId): Promise<Outpoint[]> =>
      (await attemptsOf(id)).flatMap(({ inputs }) => inputs.map(({ outpoint }) => outpoint)),
  };
}
