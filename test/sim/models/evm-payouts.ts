/**
 * The contract that carries payouts together (contracts/Payouts.sol), in front of the token's model: each authorization is tried in
 * its turn, on what those before it have left; one that the token refuses is named; and with too little gas nothing of all is
 * done. Its code is the real one, for nodes are asked for it.
 */
import {
  type Address,
  decodeFunctionData,
  encodeAbiParameters,
  type Hex,
  toEventSelector,
} from 'viem';
import { readPayouts } from '../../../contracts/compile.ts';
import { lower } from './evm-recover.ts';
import {
  type CallContext,
  encodeTokenCall,
  type Outcome,
  revertData,
  type Token,
  type TokenLog,
} from './evm-token.ts';

const artifact = readPayouts();
export const payoutsCode = artifact.deployed;
const skippedTopic = toEventSelector('Skipped(bytes32,bytes)');
const gasFloor = 130_000n;
/** About what a turn costs beside the token's own part, and what naming one does. */
const turnGas = 3_000n;
const skipGas = 3_000n;

type Member = {
  to: Address;
  value: bigint;
  validBefore: bigint;
  nonce: Hex;
  v: number;
  r: Hex;
  s: Hex;
};
export type Batch = { token: Address; from: Address; all: readonly Member[] };

/** What the data asks of the contract; null when it asks nothing that it knows. */
export function batchIn(data: Hex): Batch | null {
  try {
    const { args } = decodeFunctionData({ abi: artifact.abi, data });
    const [token, from, all] = args as readonly [Address, Address, readonly Member[]];
    return { token: lower(token), from: lower(from), all };
  } catch {
    return null;
  }
}

/** The call of the token that one of them is. */
export const callOf = (from: Address, { to, value, validBefore, nonce, v, r, s }: Member): Hex =>
  encodeTokenCall('transferWithAuthorization', from, to, value, 0n, validBefore, nonce, v, r, s);

/** Runs the call with so much gas on the state of the context's height, and leaves the state as it was until `apply`. */
export function callPayouts(
  { token, tokenAddress, address }: { token: Token; tokenAddress: Address; address: Address },
  data: Hex,
  context: CallContext,
  gas: bigint,
): Outcome {
  const batch = batchIn(data);
  const refused = (reason: string | null, used: bigint): Outcome => ({
    ...{ ok: false, reason, gas: used },
    data: reason === null ? '0x' : revertData(reason),
  });
  if (batch === null) return refused(null, turnGas);
  // Where nothing stands no call is made (Solidity documentation, "External Function Calls").
  if (batch.token !== tokenAddress && batch.all.length > 0) return refused(null, turnGas);
  const logs: TokenLog[] = [];
  const applied: (() => void)[] = [];
  let left = gas;
  const undo = token.trial();
  try {
    for (const member of batch.all) {
      if (left < gasFloor) return refused('Payouts: too little gas', gas - left);
      const outcome = token.call(callOf(batch.from, member), { ...context, from: address });
      left -= outcome.gas + turnGas;
      if (outcome.ok) {
        outcome.apply();
        applied.push(outcome.apply);
        logs.push(...outcome.logs);
        continue;
      }
      left -= skipGas;
      const reason = encodeAbiParameters([{ type: 'bytes' }], [outcome.data]);
      logs.push({ address, topics: [skippedTopic, member.nonce], data: reason });
    }
  } finally {
    undo();
  }
  const apply = (): void => {
    for (const one of applied) one();
  };
  return { ok: true, data: '0x', logs, gas: gas - left, apply };
}
