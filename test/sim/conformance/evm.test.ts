/**
 * The chain's model against Anvil with TestUSDC: the same random acts on both, read through the product's own adapters.
 * What only geth does, and what the model does to the product, is in test/sim/models/evm.test.ts.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Address,
  encodeFunctionData,
  type Hex,
  keccak256,
  pad,
  parseSignature,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { payoutsAbi } from '../../../lambdas/adapters/evm/abi.ts';
import { connectEther } from '../../../lambdas/adapters/evm/ether.ts';
import { connectEvm, type EvmChain } from '../../../lambdas/adapters/evm/payouts.ts';
import { recordEvm } from '../../../lambdas/adapters/evm/view.ts';
import { wire } from '../../../lambdas/adapters/net/exchange.ts';
import type { EtherChain } from '../../../lambdas/core/rails/ether/chain.ts';
import {
  gasPayers,
  onRampLiquidity,
  tokenDeployer,
  treasury,
} from '../../../local/chains/dev-accounts.ts';
import { rpc } from '../../../local/chains/json-rpc.ts';
import { startAnvil } from '../../support/anvil.ts';
import { eip3009 } from '../../support/eip3009.ts';
import { shared } from '../../support/shared.ts';
import { minorOf } from '../../support/things.ts';
import { type EvmModel, evmModel } from '../models/evm.ts';
import { encodeTokenCall } from '../models/evm-token.ts';
import { type Random, randomOf } from '../random.ts';

const chainId = 31_337;
const usdc = 1_000_000n;
const gwei = 10n ** 9n;
const { exchange } = wire;
const modelUrl = 'http://model.invalid/';
const anvil = shared(startAnvil);
let model: EvmModel;
let clean: Hex;

const tell = (body: string) => model.http({ method: 'POST', path: '/', headers: {}, body });

/** Asks either side, past the product. */
async function ask<Result>(url: string, method: string, ...params: unknown[]): Promise<Result> {
  if (url !== modelUrl) return rpc(url, method, ...params);
  const { body } = tell(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  return (JSON.parse(body) as { result: Result }).result;
}

beforeAll(() => {
  wire.exchange = async (asked) =>
    asked.url === modelUrl ? { headers: {}, ...tell(asked.body ?? '') } : exchange(asked);
});
afterAll(() => {
  wire.exchange = exchange;
});

const payer = privateKeyToAccount(treasury.privateKey);
const lanes = gasPayers.map(({ privateKey }) => privateKeyToAccount(privateKey));
const payees = Array.from(
  { length: 5 },
  (_, index): Address => pad(toHex(index + 1), { size: 20, dir: 'right' }),
);

type Account = ReturnType<typeof privateKeyToAccount>;
type Block = { number: Hex; timestamp: Hex; baseFeePerGas: Hex };
type Record = Awaited<ReturnType<typeof recordEvm>>;
type Side = { url: string; chain: EvmChain; record: Record };
type Sent = { raw: Hex; hash: Hex; account: Account; nonce: number };

/** Both sides in the same state, and what happens to both. */
async function bothChains(seed: number) {
  const random = randomOf(seed);
  await rpc(anvil.rpcUrl, 'anvil_dropAllTransactions');
  clean = await rpc(anvil.rpcUrl, 'evm_snapshot');
  const head = await rpc<Block>(anvil.rpcUrl, 'eth_getBlockByNumber', 'latest', false);
  let now = Number(head.timestamp) * 1_000;
  const world = { now: () => now, random, after: () => {}, tell: () => {} };
  const rich = [treasury, ...gasPayers].map(({ address }) => [address, 10_000n * 10n ** 18n]);
  model = evmModel(world, {
    network: 'ethereum',
    ...{ chainId, token: anvil.token, payouts: anvil.payouts, treasuries: [treasury.address] },
    wei: Object.fromEntries(rich),
    micros: { [treasury.address]: 10_000_000n * usdc },
    ...{ blockMs: 0, finalityBlocks: 2, nodes: 1, flavour: 'anvil' as const },
    ...{ baseFee: 10n * gwei, blockGasLimit: 1_000_000_000n },
    // The first run does without: recognising signers changes nothing.
    keys: seed > 1 ? [treasury, ...gasPayers].map(({ privateKey }) => privateKey) : [],
  });
  model.mine(Number(head.number));
  const sides: Side[] = [];
  const setBaseFee = (): Promise<unknown> =>
    rpc(anvil.rpcUrl, 'anvil_setNextBlockBaseFeePerGas', toHex(model.nextBaseFee()));
  const mineAnvil = async (): Promise<void> => {
    await rpc(anvil.rpcUrl, 'evm_mine', { timestamp: Math.floor(now / 1_000) });
  };
  const mine = async (): Promise<void> => {
    now += random.between(1, 30) * 1_000;
    await setBaseFee();
    await mineAnvil();
    model.mine();
    await setBaseFee();
  };
  // As many as are compared: what Anvil had before is not the model's.
  for (let blocks = 0; blocks < 5; blocks += 1) await mine();
  for (const url of [anvil.rpcUrl, modelUrl]) {
    const config = {
      ...({ network: 'ethereum', rpcUrl: url, token: anvil.token } as const),
      ...{ treasury: treasury.address, payoutContract: anvil.payouts },
    };
    sides.push({ url, chain: await connectEvm(config), record: await recordEvm(config) });
  }
  /** What one and the other answer is the same. */
  const agree = async <T>(what: string, ask: (side: Side) => Promise<T>): Promise<T> => {
    const [real, modelled] = await Promise.all(sides.map(ask));
    expect({ what, seed, is: modelled }).toEqual({ what, seed, is: real });
    return real as T;
  };
  /** An act of the token's owner: in a block of its own on both. */
  const owner = async (from: Address, data: Hex, inModel: () => unknown): Promise<void> => {
    await mine();
    now += 1_000;
    await rpc(anvil.rpcUrl, 'eth_sendTransaction', { from, to: anvil.token, data, gas: '0x30d40' });
    await setBaseFee();
    await mineAnvil();
    inModel();
    await setBaseFee();
  };
  const revert = (): Promise<unknown> => rpc(anvil.rpcUrl, 'evm_revert', clean);
  return { random, seconds: () => Math.floor(now / 1_000), mine, agree, owner, revert };
}

const domain = () =>
  ({ name: 'USD Coin', version: '2', chainId, verifyingContract: anvil.token }) as const;
const authorizationNonce = (index: number): Hex => pad(toHex(index + 1));

/** The data of a payout as the treasury signs it, or spoiled in one way. */
async function payoutData(random: Random, seconds: number, index: number): Promise<Hex> {
  const spoiled = random.weighted({
    ...{ good: 10, expired: 1, early: 1, tooMuch: 1, stranger: 1, changed: 1 },
    ...{ highS: 1, v: 1, parity: 1, short: 1, zero: 1, token: 1, bytes: 2, edge: 1 },
  });
  const destinations: Partial<globalThis.Record<typeof spoiled, Address>> = {
    zero: `0x${'0'.repeat(40)}`,
    token: anvil.token,
  };
  const edge = BigInt(seconds + random.between(1, 30));
  const message = {
    from: treasury.address,
    to: destinations[spoiled] ?? random.pick(payees),
    value: spoiled === 'tooMuch' ? 10n ** 15n : BigInt(random.between(0, 5_000_000)),
    validAfter: spoiled === 'early' ? BigInt(seconds + 10_000) : 0n,
    validBefore: spoiled === 'expired' ? BigInt(seconds) : spoiled === 'edge' ? edge : 2n ** 40n,
    nonce: authorizationNonce(index),
  };
  const signer = spoiled === 'stranger' ? random.pick(lanes) : payer;
  const signature = await signer.signTypedData({
    domain: domain(),
    types: eip3009,
    primaryType: 'TransferWithAuthorization',
    message,
  });
  const value = spoiled === 'changed' ? message.value + 1n : message.value;
  const args = [message.from, message.to, value, message.validAfter, message.validBefore];
  const name = 'transferWithAuthorization';
  if (spoiled === 'bytes') return encodeTokenCall(name, ...args, message.nonce, signature);
  if (spoiled === 'short')
    return encodeTokenCall(name, ...args, message.nonce, signature.slice(0, -2));
  const { r, s, yParity } = parseSignature(signature);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const parts =
    spoiled === 'highS' ? [28 - yParity, r, pad(toHex(order - BigInt(s)))] : [27 + yParity, r, s];
  if (spoiled === 'v') parts[0] = 1;
  if (spoiled === 'parity') parts[0] = 28 - yParity; // Some other key's signature, if anybody's.
  return encodeTokenCall(name, ...args, message.nonce, ...parts);
}

/** Those of these calls that the contract can make (with the signature as `v, r, s`), from the first moment on, as one of its own. */
function togetherData(calls: readonly Hex[]): Hex | null {
  const words = (call: Hex) =>
    Array.from(
      { length: 9 },
      (_, index): Hex => `0x${call.slice(10 + index * 64, 74 + index * 64)}`,
    );
  const length = 10 + 9 * 64;
  const all = calls
    .filter((call) => call.length === length && call.startsWith('0xe3ee160e'))
    .map(words)
    .map(
      ([, to = '0x', value = '0x', , validBefore = '0x', nonce = '0x', v, r = '0x', s = '0x']) => ({
        ...{
          to: `0x${to.slice(26)}` as Hex,
          value: BigInt(value),
          validBefore: BigInt(validBefore),
        },
        ...{ nonce, v: Number(v), r, s },
      }),
    );
  if (all.length === 0) return null;
  const args = [anvil.token, treasury.address, all] as const;
  return encodeFunctionData({ abi: payoutsAbi, functionName: 'pay', args });
}

async function cancelData(random: Random, index: number): Promise<Hex> {
  const signer = random.chance(0.8) ? payer : random.pick(lanes);
  const nonce = authorizationNonce(index);
  const signature = await signer.signTypedData({
    domain: domain(),
    types: eip3009,
    primaryType: 'CancelAuthorization',
    message: { authorizer: treasury.address, nonce },
  });
  const { r, s, yParity } = parseSignature(signature);
  return encodeTokenCall('cancelAuthorization', treasury.address, nonce, 27 + yParity, r, s);
}

type Receipt = {
  status: Hex;
  blockNumber: Hex;
  transactionIndex: Hex;
  from: Hex;
  to: Hex;
  logs: { topics: Hex[]; data: Hex; logIndex: Hex; address: Hex; transactionHash: Hex }[];
} | null;

async function sequence(seed: number, steps: number): Promise<Map<string, number>> {
  const { random, seconds, mine, agree, owner, revert } = await bothChains(seed);
  const sent: Sent[] = [];
  const data = new Map<number, Hex>();
  const blocked = new Set<Address>();
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  let authorizations = 0;
  let fee = 1_000n;

  const send = async (raw: Hex): Promise<void> => {
    const reply = await agree(`send ${raw}`, ({ chain }) => chain.send(raw));
    count(String(reply));
  };
  const nonces = ({ address }: Account): Promise<{ latest: number; pending: number }> =>
    agree('nonces', async ({ chain }) => ({
      latest: await chain.transactionCount(address),
      pending: (await chain.pendingCount(address)) ?? -1,
    }));
  /** A new transaction: the fees of no two are the same, so that their order in a block is one. */
  const sign = async (
    account: Account,
    to: Address,
    call: Hex,
    over: { nonce?: number; feePercent?: bigint; value?: bigint; gas?: bigint; cap?: bigint } = {},
  ): Promise<void> => {
    const { pending } = await nonces(account);
    const nonce = over.nonce ?? pending;
    fee += 1n;
    const percent = over.feePercent ?? 100n;
    const raw = await account.signTransaction({
      ...{ type: 'eip1559', chainId, nonce, to, data: call, value: over.value ?? 0n },
      gas: over.gas ?? 150_000n,
      maxFeePerGas: over.cap ?? (fee * gwei * percent) / 100n,
      maxPriorityFeePerGas: over.cap ?? ((fee - 900n) * gwei * percent) / 100n,
    });
    const hash = keccak256(raw);
    sent.push({ raw, hash, account, nonce });
    await send(raw);
  };

  async function carry(call: Hex, to = anvil.token, gas = 150_000n): Promise<void> {
    const account = random.pick(lanes);
    const { latest, pending } = await nonces(account);
    const kind = random.weighted({ next: 12, gap: 2, low: 1, cheap: 1, poor: 1, gas: 1, over: 2 });
    count(`carry ${kind}`);
    const gap = pending + random.between(1, 2);
    switch (kind) {
      case 'next':
        return sign(account, to, call, { gas });
      case 'gap': // Only on a slot that is free: Anvil keeps the hash of what was replaced there.
        if (sent.some((one) => one.account === account && one.nonce === gap)) return;
        return sign(account, to, call, { gas, nonce: gap });
      case 'low':
        return sign(account, to, call, { gas, nonce: Math.max(0, latest - 1) });
      case 'cheap':
        return sign(account, to, call, { gas, cap: model.nextBaseFee() - 1n });
      case 'poor':
        return sign(account, to, call, { gas, value: 10n ** 24n });
      case 'gas':
        return sign(account, to, call, { gas: random.pick([20_000n, 45_000n]) });
      case 'over':
        if (latest === pending) return;
        return sign(account, to, call, {
          ...{ gas, nonce: pending - 1 },
          feePercent: random.pick([50n, 200n]),
        });
      default:
        return kind satisfies never;
    }
  }

  async function act(): Promise<void> {
    const kind = random.weighted({
      ...{ payout: 9, together: 4, copy: 4, again: 6, cancel: 2, filler: 2, direct: 2, mint: 1 },
      ...{ blacklist: 1, pause: 0.7, mine: 6 },
    });
    count(kind);
    switch (kind) {
      case 'payout': {
        authorizations += 1;
        const call = await payoutData(random, seconds(), authorizations);
        data.set(authorizations, call);
        return carry(call);
      }
      case 'together': {
        const calls: Hex[] = [];
        for (let many = random.between(2, 5); many > 0; many -= 1) {
          const known = data.get(random.between(1, Math.max(1, authorizations)));
          if (known !== undefined && random.chance(0.2)) {
            calls.push(known);
            continue;
          }
          authorizations += 1;
          const call = await payoutData(random, seconds(), authorizations);
          data.set(authorizations, call);
          calls.push(call);
        }
        const call = togetherData(calls);
        // Between too little for anything and enough for all lies what a model cannot reckon.
        const gas = random.chance(0.1) ? 120_000n : BigInt(calls.length) * 150_000n;
        return call === null ? undefined : carry(call, anvil.payouts, gas);
      }
      case 'copy': {
        const call = data.get(random.between(1, Math.max(1, authorizations)));
        return call === undefined ? undefined : carry(call);
      }
      case 'again': {
        const last = sent.at(-random.between(1, 4));
        return last === undefined ? undefined : send(last.raw);
      }
      case 'cancel':
        return carry(await cancelData(random, random.between(1, authorizations + 1)));
      case 'filler': {
        const account = random.pick(lanes);
        return sign(account, account.address, '0x', { gas: 21_000n });
      }
      case 'direct': {
        const value = random.pick([0n, 7n, 10n ** 15n]);
        return sign(payer, anvil.token, encodeTokenCall('transfer', random.pick(payees), value));
      }
      case 'mint': {
        const value = BigInt(random.between(1, 1_000_000));
        const call = encodeTokenCall('mint', treasury.address, value);
        return owner(onRampLiquidity.address, call, () => model.mint(treasury.address, value));
      }
      case 'blacklist': {
        const account = random.pick([...payees, treasury.address]);
        const on = !blocked.has(account);
        if (on) blocked.add(account);
        else blocked.delete(account);
        const call = encodeTokenCall(on ? 'blacklist' : 'unBlacklist', account);
        return owner(tokenDeployer.address, call, () => model.blacklist(account, on));
      }
      case 'pause': {
        const turn = (on: boolean): Promise<void> =>
          owner(tokenDeployer.address, encodeTokenCall(on ? 'pause' : 'unpause'), () =>
            model.pause(on),
          );
        await turn(true);
        await carry(await payoutData(random, seconds(), authorizations + 1));
        return turn(false);
      }
      case 'mine':
        return mine();
      default:
        return kind satisfies never;
    }
  }

  async function compare(): Promise<void> {
    const nonces = Array.from({ length: authorizations }, (_, index) =>
      authorizationNonce(index + 1),
    );
    const { latest, final } = await agree('head', ({ chain }) => chain.head());
    await Promise.all([
      ...payees.map((payee) =>
        agree('refusal', ({ chain }) => chain.refusal(chain.treasury, payee, minorOf(7n))),
      ),
      ...payees.map((payee) => agree('balance', ({ url }) => balanceOf(url, payee))),
      ...lanes.map(({ address }) =>
        agree('nonces', ({ chain }) => chain.transactionCount(address)),
      ),
      ...sent.slice(-12).map(({ hash }) => agree(hash, ({ url }) => receiptOf(url, hash))),
      agree('too much', ({ chain }) =>
        chain.refusal(chain.treasury, payees[0] ?? '0x', minorOf(10n ** 15n)),
      ),
      // What is recommended is each node's own taste, and Anvil reckons a next base fee other than the one set here.
      agree('base fees', async ({ url }) => (await historyOf(url)).baseFeePerGas.slice(0, -1)),
      agree('balance', ({ chain }) => chain.finalBalance(chain.treasury)),
      agree('spent', async ({ chain }) => [...(await chain.spent(treasury.address, nonces))]),
      ...[latest, final].map((last) =>
        agree('verdicts', async ({ chain }) =>
          (await chain.authorizations(treasury.address, nonces, 6, last)).map(
            ({ blockHash: _, ...event }) => event,
          ),
        ),
      ),
      agree('contract', ({ chain }) => chain.payoutContract()),
      agree('outgoing', ({ record }) => record.outgoing(treasury.address, 6, latest)),
      agree('incoming', async ({ record }) =>
        (await record.incoming(treasury.address, 6, latest)).map(({ txId: _, ...one }) => one),
      ),
    ]);
  }
  const historyOf = (url: string): Promise<{ baseFeePerGas: Hex[] }> =>
    ask(url, 'eth_feeHistory', '0x4', 'latest', [50]);
  const balanceOf = (url: string, of: Address): Promise<Hex> =>
    ask(url, 'eth_call', { to: anvil.token, data: encodeTokenCall('balanceOf', of) }, 'latest');
  async function receiptOf(url: string, hash: Hex) {
    const receipt = await ask<Receipt>(url, 'eth_getTransactionReceipt', hash);
    if (receipt === null) return null;
    const { status, blockNumber, transactionIndex, from, to, logs } = receipt;
    count(status === '0x1' ? 'mined' : 'reverted');
    if (logs.some((log) => log.address.toLowerCase() === anvil.payouts.toLowerCase()))
      count('skipped');
    return {
      ...{ status, blockNumber, transactionIndex, from, to },
      logs: logs.map(({ topics, data: text, logIndex, address, transactionHash }) => ({
        ...{ topics, data: text, logIndex, address, transactionHash },
      })),
    };
  }

  try {
    for (let step = 1; step <= steps; step += 1) {
      await act();
      if (step % 10 === 0) {
        await mine();
        await compare();
      }
    }
    expect(model.notModelled).toEqual([]);
  } finally {
    await revert();
  }
  return seen;
}

const seen = new Map<string, number>();
test.each([1, 2, 3, 4, 8])('the model does what Anvil does: seed %d', async (seed) => {
  for (const [what, times] of await sequence(seed, 60))
    seen.set(what, (seen.get(what) ?? 0) + times);
});

test('everything that can happen did', () => {
  const replies = ['accepted', 'already-known', 'nonce-used', 'underpriced', 'unfunded'];
  const wanted = [...replies, 'mined', 'reverted', 'blacklist', 'pause', 'cancel', 'copy', 'mint'];
  wanted.push('together', 'skipped');
  expect(wanted.filter((what) => (seen.get(what) ?? 0) < 3)).toEqual([]);
});

test('ether: nonces, receipts, blocks and balances of a treasury that sends its own', async () => {
  const { mine, agree, revert } = await bothChains(77);
  const ethers = new Map<string, EtherChain>();
  for (const rpcUrl of [anvil.rpcUrl, modelUrl]) {
    const config = { network: 'ethereum', rpcUrl, token: anvil.token } as const;
    ethers.set(rpcUrl, await connectEther({ ...config, treasury: treasury.address }));
  }
  const of = ({ url }: Side): EtherChain => {
    const found = ethers.get(url);
    if (found === undefined) throw new Error(`no chain at ${url}`);
    return found;
  };
  const from = treasury.address.toLowerCase() as Address;
  const [payee = from] = payees;
  const first = await agree('count', (side) => of(side).transactionCount(from));
  const sent: Hex[] = [];
  for (const [place, value] of [7n * 10n ** 18n, 0n, 1n].entries()) {
    const raw = await payer.signTransaction({
      ...({ type: 'eip1559', chainId, gas: 21_000n, to: value === 0n ? from : payee } as const),
      ...{ nonce: first + place, value, maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: gwei },
    });
    await agree('sent', (side) => of(side).send(raw, first + place));
    await mine();
    sent.push(keccak256(raw));
  }
  for (let blocks = 0; blocks < 3; blocks += 1) await mine();
  const { latest, final } = await agree('head', async (side) => {
    const { latest, final } = await of(side).head();
    return { latest, final };
  });
  for (const [place, hash] of sent.entries()) {
    await agree('receipt', async (side) => ({ ...(await of(side).receipt(hash)), block: null }));
    await agree('spender', async (side) => ({
      ...(await of(side).spender(from, first + place, latest - 6, latest)),
      block: null,
    }));
  }
  await agree('count at the final block', (side) => of(side).countAt(from, final));
  await agree('final balance', (side) => of(side).finalBalance(payee));
  await agree('gas', (side) => of(side).gasFor(from, payee, 1n));
  await agree('refusal', (side) => of(side).refusal(from, payee, 1n));
  await revert();
});
