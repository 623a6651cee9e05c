/** The token behaves as Circle's FiatTokenV2_2 wherever a payout can notice. Messages and selectors here are mainnet's. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import {
  type Address,
  decodeFunctionResult,
  domainSeparator,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  numberToHex,
  pad,
  parseSignature,
  serializeSignature,
  toEventSelector,
  toFunctionSelector,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { compileToken, readArtifact } from '../../contracts/compile.ts';
import { gasPayers, tokenDeployer, treasury } from '../../local/chains/dev-accounts.ts';
import { rpc } from '../../local/chains/json-rpc.ts';
import { startAnvil } from '../support/anvil.ts';
import { shared } from '../support/shared.ts';

const { abi } = readArtifact();
const chainId = 31_337;
const payer = privateKeyToAccount(treasury.privateKey);
const relayer = gasPayers[0]?.address ?? '0x';
const stranger: Address = '0x1111111111111111111111111111111111111111';
const owner = tokenDeployer.address;
const forever = 2n ** 40n;
const nonce = pad('0x01');
const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const chain = shared(startAnvil);
let snapshot: Hex;
beforeEach(async () => {
  snapshot = await rpc(chain.rpcUrl, 'evm_snapshot');
});
afterEach(async () => {
  await rpc(chain.rpcUrl, 'evm_revert', snapshot);
});

type Log = { topics: Hex[]; data: Hex };
type Receipt = { status: Hex; logs: Log[] };
const callData = (name: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi, functionName: name, args: [...args] });

/** Sends a call and mines it. */
async function does(from: Address, name: string, ...args: readonly unknown[]): Promise<Receipt> {
  const call = { from, to: chain.token, gas: '0x7a120', data: callData(name, args) };
  const hash = await rpc<Hex>(chain.rpcUrl, 'eth_sendTransaction', call);
  await rpc(chain.rpcUrl, 'evm_mine');
  return await rpc<Receipt>(chain.rpcUrl, 'eth_getTransactionReceipt', hash);
}

async function ask(from: Address, name: string, ...args: readonly unknown[]): Promise<unknown> {
  const call = { from, to: chain.token, data: callData(name, args) };
  const data = await rpc<Hex>(chain.rpcUrl, 'eth_call', call, 'latest');
  return decodeFunctionResult({ abi, functionName: name, args: [...args], data });
}
const refusal = (from: Address, name: string, ...args: readonly unknown[]): Promise<unknown> =>
  ask(from, name, ...args).catch((error: Error) => error.message.replace(/^.*reverted: /, ''));
const balance = (of: Address): Promise<unknown> => ask(of, 'balanceOf', of);

const field = (name: string, type: string) => ({ name, type });
const parties = [field('from', 'address'), field('to', 'address'), field('value', 'uint256')];
const window = [field('validAfter', 'uint256'), field('validBefore', 'uint256')];
const authorization = [...parties, ...window, field('nonce', 'bytes32')];
const types = {
  TransferWithAuthorization: authorization,
  ReceiveWithAuthorization: authorization,
  CancelAuthorization: [field('authorizer', 'address'), field('nonce', 'bytes32')],
};
type Authorization = {
  from: Address;
  to: Address;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: Hex;
};
const domain = () =>
  ({ name: 'USD Coin', version: '2', chainId, verifyingContract: chain.token }) as const;
const sign = (primaryType: keyof typeof types, message: Record<string, unknown>): Promise<Hex> =>
  payer.signTypedData({ domain: domain(), types, primaryType, message });
const authorize = (changes: Partial<Authorization> = {}): Authorization => ({
  from: payer.address,
  to: stranger,
  value: 99_500_000n,
  validAfter: 0n,
  validBefore: forever,
  nonce,
  ...changes,
});
const args = (it: Authorization) =>
  [it.from, it.to, it.value, it.validAfter, it.validBefore, it.nonce] as const;
const inParts = (signature: Hex) => {
  const { v, r, s } = parseSignature(signature);
  return [Number(v), r, s] as const;
};

test('the artefact is what the source compiles to', async () => {
  expect(await compileToken()).toEqual(readArtifact());
}, 60_000);

test('it says who it is, and signs for this chain and address', async () => {
  expect(await ask(relayer, 'name')).toBe('USD Coin');
  expect(await ask(relayer, 'version')).toBe('2');
  expect(await ask(relayer, 'decimals')).toBe(6);
  expect(await ask(relayer, 'DOMAIN_SEPARATOR')).toBe(domainSeparator({ domain: domain() }));
  expect(await balance(treasury.address)).toBe(10_000_000_000_000n);
});

test.each([
  ['transferWithAuthorization', ['0xe3ee160e', '0xcf092995']],
  ['receiveWithAuthorization', ['0xef55bec6', '0x88b7ab63']],
  ['cancelAuthorization', ['0x5a049a70', '0xb7b72899']],
  ['authorizationState', ['0xe94a0102']],
  ['isBlacklisted', ['0xfe575a87']],
  ['blacklist', ['0xf9f92be4']],
  ['unBlacklist', ['0x1a895266']],
  ['configureMinter', ['0x4e44d956']],
])('%s has the selectors of mainnet', (name, selectors) => {
  const found = abi.filter((item) => item.type === 'function' && item.name === name);
  const ours = found.map((item) => (item.type === 'function' ? toFunctionSelector(item) : ''));
  expect(ours.sort()).toEqual([...selectors].sort());
});

test.each([
  ['AuthorizationUsed', '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5', 2],
  [
    'AuthorizationCanceled',
    '0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81',
    2,
  ],
  ['Transfer', '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef', 2],
  ['Approval', '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925', 2],
])('event %s has the topic and the indexed fields of mainnet', (name, topic, indexed) => {
  const event = abi.find((item) => item.type === 'event' && item.name === name);
  if (event?.type !== 'event') throw new Error(`no event ${name}`);
  expect(toEventSelector(event)).toBe(topic);
  expect(event.inputs.filter((input) => input.indexed)).toHaveLength(indexed);
});

test.each([
  ['as bytes', (signature: Hex): readonly unknown[] => [signature]],
  ['as v, r, s', inParts],
])('an authorization signed %s pays once, whoever sends it', async (_, form) => {
  const it = authorize();
  const signature = form(await sign('TransferWithAuthorization', it));
  const { status, logs } = await does(
    relayer,
    'transferWithAuthorization',
    ...args(it),
    ...signature,
  );
  expect(status).toBe('0x1');
  expect(logs.map(({ topics }) => topics)).toEqual([
    [expect.stringMatching(/^0x98de5035/), pad(payer.address).toLowerCase(), nonce],
    [expect.stringMatching(/^0xddf252ad/), pad(payer.address).toLowerCase(), pad(stranger)],
  ]);
  expect(logs.map(({ data }) => data)).toEqual(['0x', numberToHex(it.value, { size: 32 })]);
  expect(await balance(stranger)).toBe(it.value);
  expect(await ask(relayer, 'authorizationState', payer.address, nonce)).toBe(true);
  expect(await refusal(relayer, 'transferWithAuthorization', ...args(it), ...signature)).toBe(
    'FiatTokenV2: authorization is used or canceled',
  );
});

test.each<[string, Partial<Authorization>, string]>([
  ['before its time', { validAfter: forever }, 'FiatTokenV2: authorization is not yet valid'],
  ['after its time', { validBefore: 1n }, 'FiatTokenV2: authorization is expired'],
  ['for another signer', { from: relayer }, 'FiatTokenV2: invalid signature'],
  ['beyond the balance', { value: 10n ** 18n }, 'ERC20: transfer amount exceeds balance'],
  ['to nobody', { to: pad('0x', { size: 20 }) }, 'ERC20: transfer to the zero address'],
])('an authorization %s is refused', async (_, changes, words) => {
  const it = authorize(changes);
  const signature = await sign('TransferWithAuthorization', it);
  expect(await refusal(relayer, 'transferWithAuthorization', ...args(it), signature)).toBe(words);
});

test('an authorization to the token itself is refused', async () => {
  const it = authorize({ to: chain.token });
  const signature = await sign('TransferWithAuthorization', it);
  const words = await refusal(relayer, 'transferWithAuthorization', ...args(it), signature);
  expect(words).toBe('Blacklistable: account is blacklisted');
});

test.each<[string, (signature: Hex) => Hex, string]>([
  ['of another length', (it) => it.slice(0, -2) as Hex, 'ECRecover: invalid signature length'],
  ['with v = 0', (it) => `${it.slice(0, -2)}00` as Hex, "ECRecover: invalid signature 'v' value"],
  ['with a high s', withHighS, "ECRecover: invalid signature 's' value"],
  ['over something else', (it) => it.replace(/^0x..../, '0x1234') as Hex, 'invalid signature'],
])('a signature %s is refused', async (_, change, words) => {
  const it = authorize();
  const signature = change(await sign('TransferWithAuthorization', it));
  const said = await refusal(relayer, 'transferWithAuthorization', ...args(it), signature);
  expect(said).toMatch(words);
});

/** The twin of a signature, which the curve allows for the same message. */
function withHighS(signature: Hex): Hex {
  const { r, s, yParity } = parseSignature(signature);
  const high = numberToHex(secp256k1Order - hexToBigInt(s), { size: 32 });
  return serializeSignature({ r, s: high, yParity: 1 - yParity });
}

test.each([
  ['as bytes', (signature: Hex): readonly unknown[] => [signature]],
  ['as v, r, s', inParts],
])('a cancellation signed %s makes the authorization void for ever', async (_, form) => {
  const cancel = { authorizer: payer.address, nonce };
  const signature = form(await sign('CancelAuthorization', cancel));
  const { logs } = await does(relayer, 'cancelAuthorization', payer.address, nonce, ...signature);
  expect(logs.map(({ topics }) => topics)).toEqual([
    [expect.stringMatching(/^0x1cdd46ff/), pad(payer.address).toLowerCase(), nonce],
  ]);
  const it = authorize();
  const late = await sign('TransferWithAuthorization', it);
  const words = 'FiatTokenV2: authorization is used or canceled';
  expect(await refusal(relayer, 'transferWithAuthorization', ...args(it), late)).toBe(words);
  expect(await refusal(relayer, 'cancelAuthorization', payer.address, nonce, ...signature)).toBe(
    words,
  );
});

test('only the payee can receive with an authorization', async () => {
  const it = authorize({ to: relayer });
  const signature = await sign('ReceiveWithAuthorization', it);
  expect(await refusal(owner, 'receiveWithAuthorization', ...args(it), signature)).toBe(
    'FiatTokenV2: caller must be the payee',
  );
  const before = (await balance(relayer)) as bigint;
  await does(relayer, 'receiveWithAuthorization', ...args(it), ...inParts(signature));
  expect(await balance(relayer)).toBe(before + it.value);
});

test.each<[string, (it: Authorization) => Address]>([
  ['the payer', ({ from }) => from],
  ['the recipient', ({ to }) => to],
])('nothing moves while %s is blacklisted', async (_, who) => {
  const it = authorize();
  const signature = await sign('TransferWithAuthorization', it);
  await does(owner, 'blacklist', who(it));
  expect(await refusal(relayer, 'transferWithAuthorization', ...args(it), signature)).toBe(
    'Blacklistable: account is blacklisted',
  );
  expect((await does(payer.address, 'transfer', stranger, 1n)).status).toBe('0x0');
  await does(owner, 'unBlacklist', who(it));
  const { status } = await does(relayer, 'transferWithAuthorization', ...args(it), signature);
  expect(status).toBe('0x1');
});

test('nothing moves while it is paused', async () => {
  const it = authorize();
  const signature = await sign('TransferWithAuthorization', it);
  const cancel = await sign('CancelAuthorization', { authorizer: payer.address, nonce });
  await does(owner, 'pause');
  const words = 'Pausable: paused';
  expect(await refusal(relayer, 'transferWithAuthorization', ...args(it), signature)).toBe(words);
  expect(await refusal(relayer, 'cancelAuthorization', payer.address, nonce, cancel)).toBe(words);
  expect(await refusal(payer.address, 'transfer', stranger, 1n)).toBe(words);
  await does(owner, 'unpause');
  expect((await does(payer.address, 'transfer', stranger, 1n)).status).toBe('0x1');
});

test.each([
  ['pause', [], 'Pausable: caller is not the pauser'],
  ['blacklist', [stranger], 'Blacklistable: caller is not the blacklister'],
  ['mint', [stranger, 1n], 'FiatToken: caller is not a minter'],
  ['burn', [1n], 'FiatToken: caller is not a minter'],
  ['configureMinter', [stranger, 1n], 'FiatToken: caller is not the masterMinter'],
])('%s is for its role only', async (name, values, words) => {
  expect(await refusal(relayer, name, ...values)).toBe(words);
});

test('a minter makes and burns up to its allowance; spenders move up to theirs', async () => {
  await does(owner, 'configureMinter', relayer, 100n);
  expect(await refusal(relayer, 'mint', relayer, 101n)).toMatch('exceeds minterAllowance');
  const supply = (await ask(relayer, 'totalSupply')) as bigint;
  await does(relayer, 'mint', relayer, 100n);
  await does(relayer, 'burn', 40n);
  expect(await ask(relayer, 'totalSupply')).toBe(supply + 60n);
  await does(relayer, 'approve', owner, 50n);
  expect(await refusal(owner, 'transferFrom', relayer, stranger, 51n)).toBe(
    'ERC20: transfer amount exceeds allowance',
  );
  await does(owner, 'transferFrom', relayer, stranger, 50n);
  expect([await balance(relayer), await balance(stranger)]).toEqual([10n, 50n]);
});
