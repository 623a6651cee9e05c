import { sign as edSign, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { expect, test } from '@jest/globals';
import { base58 } from '@scure/base';
import { mockClient } from 'aws-sdk-client-mock';
import { solanaArrivals } from '../../lambdas/adapters/solana/arrivals.ts';
import { WrongChainError } from '../../lambdas/adapters/solana/identity.ts';
import { makeNonceAccounts } from '../../lambdas/adapters/solana/nonce-accounts.ts';
import { connectSolana } from '../../lambdas/adapters/solana/payouts.ts';
import { recordSolana } from '../../lambdas/adapters/solana/record.ts';
import { replyFor } from '../../lambdas/adapters/solana/replies.ts';
import { signed, solanaSigner } from '../../lambdas/adapters/solana/signer.ts';
import { kmsMessageSigner } from '../../lambdas/adapters/solana/signer-kms.ts';
import { keyIn, localMessageSigner } from '../../lambdas/adapters/solana/signer-local.ts';
import { UnavailableError } from '../../lambdas/core/kernel/errors.ts';
import { type Asked, askedIn, messageFor } from '../../lambdas/core/rails/solana/instructions.ts';
import {
  decodeMessage,
  encodeMessage,
  readTransaction,
  transactionOf,
} from '../../lambdas/core/rails/solana/message.ts';
import {
  nonceAccountOf,
  systemProgram,
  tokenAccountOf,
} from '../../lambdas/core/rails/solana/programs.ts';
import { devKey, keyText } from '../../local/chains/solana/dev-keys.ts';
import { serveJson } from '../../local/simulators/http.ts';
import { shared } from '../support/shared.ts';
import { anyWallet, keyOf, startSolana } from '../support/solana.ts';
import { solanaWords } from '../support/solana-words.ts';
import { minorOf } from '../support/things.ts';

/** Jest does not end linking the modules of kit's ESM build. */
const kit = createRequire(import.meta.url)('@solana/kit') as typeof import('@solana/kit');

const solana = shared(startSolana);
const usdc = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const payer = keyOf('somebody');

const askedFor = (mint: string | null, given: Partial<Asked> = {}): Asked => ({
  payer: payer.address,
  nonceAccount: nonceAccountOf(payer.address, 1),
  nonce: base58.encode(new Uint8Array(32).fill(9)),
  ...{ unitLimit: 120_000, unitPrice: 12_345n },
  transfer: {
    to: anyWallet(),
    value: 5_000_001n,
    mint,
    decimals: mint === null ? 9 : 6,
    memo: 'wd_1',
  },
  ...given,
});

test.each([
  ['a token', askedFor(usdc)],
  ['SOL', askedFor(null)],
  ['an advance', askedFor(null, { transfer: null })],
])('a message that pays %s is read by the library of Solana as we mean it', (_what, asked) => {
  const bytes = messageFor(asked);
  const compiled = kit.getCompiledTransactionMessageDecoder().decode(bytes);
  const message = kit.decompileTransactionMessage(compiled);
  expect(message).toMatchObject({
    version: 'legacy',
    feePayer: { address: asked.payer },
    lifetimeConstraint: { nonce: asked.nonce },
  });
  expect(kit.isTransactionMessageWithDurableNonceLifetime(message)).toBe(true);
  // Written once more by the library, it is the same.
  expect([...kit.getCompiledTransactionMessageEncoder().encode(compiled)]).toEqual([...bytes]);
  const decoded = decodeMessage(bytes);
  expect(decoded && askedIn(decoded, bytes)).toEqual(asked);
});

test('addresses are derived as the library of Solana derives them', async () => {
  const wallet = anyWallet();
  const text = kit.getAddressEncoder();
  const [expected] = await kit.getProgramDerivedAddress({
    programAddress: kit.address('ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL'),
    seeds: [wallet, 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA', usdc].map((one) =>
      text.encode(kit.address(one)),
    ),
  });
  expect(tokenAccountOf(wallet, usdc)).toBe(expected);
  const seeded = await kit.createAddressWithSeed({
    baseAddress: kit.address(wallet),
    programAddress: kit.address('11111111111111111111111111111111'),
    seed: 'drawbridge-nonce-7',
  });
  expect(nonceAccountOf(wallet, 7)).toBe(seeded);
});

test('what is no message of ours is not taken for one', () => {
  const asked = askedFor(usdc);
  const bytes = messageFor(asked);
  const isOurs = (some: Uint8Array) => {
    const decoded = decodeMessage(some);
    return decoded !== null && askedIn(decoded, some) !== null;
  };
  for (let cut = 0; cut < bytes.length; cut += 7) expect(isOurs(bytes.slice(0, cut))).toBe(false);
  const decoded = decodeMessage(bytes);
  if (decoded === null) throw new Error('it is a message');
  const { instructions } = decoded;
  const [advance, , , , transfer] = instructions;
  if (advance === undefined || transfer === undefined) throw new Error('it pays');
  const others = [
    instructions.toReversed(),
    instructions.slice(1),
    [...instructions, transfer],
    instructions.with(4, { ...transfer, data: Uint8Array.from([3, ...transfer.data.slice(1, 9)]) }),
    instructions.with(0, { ...advance, data: Uint8Array.from([5, 0, 0, 0]) }),
  ];
  for (const some of others)
    expect(isOurs(encodeMessage({ ...decoded, instructions: some }))).toBe(false);
});

test('the key of a former treasury signs only what takes the place of what it has signed itself', async () => {
  const former = keyOf('a former treasury');
  const signer = solanaSigner(payer, [usdc], [former]);
  const addresses = [payer.address, former.address, anyWallet()];
  expect(addresses.map(signer.signs)).toEqual([true, true, false]);
  const nonceAccount = nonceAccountOf(former.address, 1);
  const own = askedFor(usdc, { payer: former.address, nonceAccount });
  const { transfer } = own;
  if (transfer === null) throw new Error('it pays');
  const { raw } = await solanaSigner(former, [usdc]).sign(own);
  const dearer = { ...own, unitPrice: 99_999n };
  const ended = { ...dearer, transfer: null };
  for (const asked of [dearer, ended]) {
    const read = readTransaction((await signer.sign(asked, raw)).raw);
    expect(read && askedIn(read.message, read.signed)).toEqual(asked);
  }
  const ending = (await signer.sign(ended, raw)).raw;
  const others = await solanaSigner(payer, [usdc]).sign(askedFor(usdc));
  const refused: [Asked, Uint8Array?][] = [
    [dearer],
    [{ ...dearer, transfer: { ...transfer, to: anyWallet() } }, raw],
    [{ ...dearer, transfer: { ...transfer, value: transfer.value + 1n } }, raw],
    [{ ...dearer, transfer: { ...transfer, memo: 'wd_2' } }, raw],
    [{ ...dearer, nonce: base58.encode(new Uint8Array(32).fill(8)) }, raw],
    [{ ...dearer, nonceAccount: nonceAccountOf(former.address, 2) }, raw],
    // It said that it would never pay any more; somebody else has signed; nobody has.
    [dearer, ending],
    [dearer, others.raw],
    [dearer, raw.with(9, (raw[9] ?? 0) ^ 1)],
  ];
  for (const [asked, before] of refused)
    await expect(signer.sign(asked, before)).rejects.toThrow(/former treasury/);
  await expect(signer.sign({ ...dearer, payer: anyWallet() }, raw)).rejects.toThrow(/no message/);
});

test('the signer signs for its own mint and its own address only', async () => {
  const signer = solanaSigner(payer, [usdc]);
  expect((await signer.sign(askedFor(usdc))).signature).toMatch(/^[1-9A-HJ-NP-Za-km-z]{86,88}$/);
  await expect(signer.sign(askedFor(anyWallet()))).rejects.toThrow('does not sign for the mint');
  await expect(signer.sign(askedFor(usdc, { payer: anyWallet() }))).rejects.toThrow('no message');
  const other = { ...payer, sign: keyOf('another').sign };
  await expect(signed(other, new Uint8Array(3))).rejects.toThrow('another key');
});

test('KMS is asked for pure Ed25519 over the message itself', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kms = mockClient(KMSClient);
  const PublicKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  kms.on(GetPublicKeyCommand).resolves({ PublicKey });
  kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
    Signature: new Uint8Array(edSign(null, Message, privateKey)),
  }));
  const key = await kmsMessageSigner(new KMSClient({}), 'key');
  expect(key.address).toBe(base58.encode(PublicKey.slice(-32)));
  const asked = askedFor(null, {
    payer: key.address,
    nonceAccount: nonceAccountOf(key.address, 1),
  });
  await solanaSigner(key, []).sign(asked);
  expect(kms.commandCalls(SignCommand)[0]?.args[0].input).toMatchObject({
    ...{ MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512', KeyId: 'key' },
    Message: messageFor(asked),
  });
});

test('a key is read in both forms that solana-keygen writes, and in no other', () => {
  const key = devKey('treasury');
  const text = keyText(key);
  const list = JSON.stringify([...base58.decode(text)]);
  for (const one of [text, ` ${text}\n`, list]) expect(keyIn(one)).toEqual(new Uint8Array(key));
  const mixed = JSON.stringify([...base58.decode(text)].with(40, 1));
  for (const one of ['', base58.encode(key), '[1,2]', mixed, list.replace(']', ',300]'), '0x1'])
    expect(keyIn(one)).toBeNull();
  expect(localMessageSigner(key).address).toBe('6yF3cdwMbk6Tq8LVox9EBNhze3DMM9ShX3PLBWMiQenV');
});

test.each(solanaWords.map(([meaning, code, message, data]) => ({ meaning, code, message, data })))(
  'a node’s words mean $meaning: $code $message',
  ({ meaning, code, message, data }) => {
    expect(replyFor({ code, message, data })).toBe(meaning);
  },
);

test('the chain that was used first is the only one that may answer', async () => {
  const { url: rpcUrl, mint, treasury } = solana;
  const config = { rpcUrl, mint, treasury, pinned: async (found: number) => found + 1 };
  await expect(connectSolana(config)).rejects.toThrow(WrongChainError);
});

test('a token with other decimals, or none, is refused', async () => {
  const { url: rpcUrl, treasury } = solana;
  await expect(connectSolana({ rpcUrl, treasury, mint: treasury })).rejects.toThrow('no mint');
});

test.each([
  ['a proxy’s page', 502, '<html>'],
  ['too many requests', 429, { error: { code: 429, message: 'Too many requests' } }],
  [
    'a limit in a code of others',
    200,
    { error: { code: -32_007, message: '50/second request limit reached' } },
  ],
  [
    'a node that is behind',
    200,
    { error: { code: -32_005, message: 'Node is behind by 42 slots' } },
  ],
  [
    'a number that has lost digits',
    200,
    { result: { context: { slot: 1 }, value: [{ slot: 2 ** 60, err: null }] } },
  ],
  ['a list that is short', 200, { result: { context: { slot: 1 }, value: [] } }],
])('what cannot be read is no answer: %s', async (_what, status, body) => {
  const { url: rpcUrl, mint, treasury } = solana;
  const chain = await connectSolana({ rpcUrl, mint, treasury });
  let isBroken = false;
  const proxy = await serveJson(0, async ({ text }) => {
    if (isBroken) return { status, body };
    const answer = await fetch(rpcUrl, { method: 'POST', body: text });
    return { status: 200, body: await answer.json() };
  });
  const through = await connectSolana({ rpcUrl: proxy.baseUrl, mint, treasury });
  isBroken = true;
  await expect(through.fates(['x'])).rejects.toThrow(UnavailableError);
  await expect(through.slots()).rejects.toThrow(UnavailableError);
  await expect(through.price()).rejects.toThrow(UnavailableError);
  await expect(through.blockAt(5)).rejects.toThrow(UnavailableError);
  expect(await through.send(new Uint8Array(9))).toBe('unknown');
  await proxy.stop();
  expect((await chain.slots()).slots).toHaveLength(20);
});

test('bytes that a node has in a form that it cannot read are unknown', async () => {
  const { url: rpcUrl, mint, treasury } = solana;
  const chain = await connectSolana({ rpcUrl, mint, treasury });
  expect(await chain.send(new Uint8Array(9))).toBe('unknown');
});

/** A payment of USDC to the treasury, as the on-ramp makes it. */
async function paidIn(value: bigint) {
  const from = keyOf('liquidity');
  const state = solana.engine.account(nonceAccountOf(from.address, 1));
  const nonce = base58.encode(state?.data.slice(40, 72) ?? new Uint8Array());
  const transfer = { to: solana.treasury, value, mint: solana.mint, decimals: 6, memo: 'tr_1' };
  const message = messageFor({
    ...{ payer: from.address, nonceAccount: nonceAccountOf(from.address, 1), nonce },
    ...{ unitLimit: 120_000, unitPrice: 0n, transfer },
  });
  const raw = transactionOf(message, await from.sign(message));
  expect(solana.engine.execute(raw).error).toBeNull();
  return base58.encode(raw.slice(1, 65));
}

test('what was paid to our token account is seen when it is final, and is that amount at that place', async () => {
  const { url: rpcUrl, mint, treasury } = solana;
  const arrivals = solanaArrivals(
    async () => ({ rpcUrl, mint, treasury }),
    () => treasury,
  );
  const signature = await paidIn(19_500_000n);
  const other = base58.encode(new Uint8Array(64).fill(1));
  expect(await arrivals.of('solana', other, treasury)).toEqual({
    ok: true,
    value: { state: 'absent' },
  });
  solana.pass(2);
  expect(await arrivals.of('solana', signature, treasury)).toMatchObject({
    value: { state: 'mined' },
  });
  solana.final();
  const final = { state: 'final', logs: [{ index: 4, value: 19_500_000n }] };
  expect(await arrivals.of('solana', signature, treasury)).toEqual({ ok: true, value: final });
  expect(await arrivals.of('solana', signature, anyWallet())).toEqual({
    ok: true,
    value: { state: 'final', logs: [] },
  });
});

test('reconciliation reads what came in and what went out, by the memo of its withdrawal', async () => {
  const { url: rpcUrl, mint, treasury, treasuryName, engine } = solana;
  const chain = await connectSolana({ rpcUrl, mint, treasury });
  const signer = solanaSigner(keyOf(treasuryName), [mint]);
  const from = engine.slot();
  const to = anyWallet();
  const [slot] = (await chain.slots()).slots;
  if (slot === undefined) throw new Error('there are slots');
  const paying = { payer: treasury, ...slot, unitLimit: 120_000, unitPrice: 1n };
  const transfer = { to, value: 7n, mint, decimals: 6, memo: 'wd_9' };
  const { raw, signature } = await signer.sign({ ...paying, transfer });
  expect(await chain.send(raw)).toBe('accepted');
  const incoming = await paidIn(3n);
  solana.final();
  // What stands before a node may have pages of one row, and of none only where the list ends.
  const gateway = await serveJson(0, async ({ text }) => {
    const answer = await fetch(rpcUrl, { method: 'POST', body: text });
    const said = (await answer.json()) as { result: unknown[] };
    const isList = text.startsWith('{') && text.includes('"getSignaturesForAddress"');
    return { status: 200, body: isList ? { ...said, result: said.result.slice(0, 1) } : said };
  });
  const record = await recordSolana({ rpcUrl: gateway.baseUrl, mint, treasury }, 'USDC');
  const { final } = await record.head();
  expect(await record.outgoing(treasury, from, final)).toEqual([
    { txId: signature, height: expect.any(Number), index: 4, value: 7n, to, key: 'wd_9' },
  ]);
  expect(await record.incoming(treasury, from, final)).toMatchObject([
    { txId: incoming, value: 3n },
  ]);
  const first = await record.firstBlockSince(solana.clock.now(), final);
  expect(first).toBe(final + 1);
  await gateway.stop();
  expect(await chain.refusal(treasury, anyWallet(), minorOf(1n), mint)).toBeNull();
});

test('nonce accounts are made once, however often that is asked for, and only if the treasury can pay for them', async () => {
  const { url, engine, clock } = solana;
  const maker = keyOf('a treasury without nonce accounts');
  const fund = (lamports: bigint) => {
    const account = { lamports, data: new Uint8Array(), owner: systemProgram, executable: false };
    engine.setAccount(maker.address, account);
    solana.final();
  };
  const going = setInterval(() => clock.advance(5_000), 5);
  try {
    const make = (wanted: number, tells?: (made: number, missing: number) => void) =>
      makeNonceAccounts(url, maker, wanted, 2, tells);
    fund(2_000_000n);
    await expect(make(6)).rejects.toThrow(
      /6 nonce accounts cost 8696080 lamports, and .* has 2000000/,
    );
    fund(100_000_000n);
    const told: number[][] = [];
    const first = await make(6, (...counts) => told.push(counts));
    expect(first).toEqual({ total: 6, made: 6, lamports: 6n * 1_447_680n + 2n * 5_000n });
    expect(told).toEqual([
      [4, 6],
      [6, 6],
    ]);
    expect(engine.account(maker.address)?.lamports).toBe(100_000_000n - first.lamports);
    expect(await make(6)).toEqual({ total: 6, made: 0, lamports: 0n });
    // Fewer are asked for than there are: it says how many there are.
    expect(await make(3)).toMatchObject({ total: 6, made: 0 });
    expect(await make(7)).toMatchObject({ total: 7, made: 1 });
    const chain = await connectSolana({ rpcUrl: url, mint: solana.mint, treasury: maker.address });
    expect((await chain.slots()).slots).toHaveLength(7);
    const eighth = nonceAccountOf(maker.address, 8);
    const strange = { lamports: 5_000_000n, data: new Uint8Array(), executable: false };
    engine.setAccount(eighth, { ...strange, owner: systemProgram });
    solana.final();
    await expect(make(8)).rejects.toThrow(`${eighth} exists, and is no nonce account`);
  } finally {
    clearInterval(going);
  }
});
