/**
 * The local Solana says and does what a validator says and does: each line has its source (anza-xyz/agave, anza-xyz/solana-sdk, and
 * solana.com/docs). What we understand of a node's words, and of the words of others, is in test/adapters/solana.test.ts.
 */
import { createHash } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { base58 } from '@scure/base';
import { type Asked, messageFor } from '../../../lambdas/core/rails/solana/instructions.ts';
import { encodeMessage, transactionOf } from '../../../lambdas/core/rails/solana/message.ts';
import { nonceAccountOf, systemProgram } from '../../../lambdas/core/rails/solana/programs.ts';
import { type Engine, startEngine } from '../../../local/chains/solana/engine.ts';
import { endow } from '../../../local/chains/solana/genesis.ts';
import { methodsOf } from '../../../local/chains/solana/methods.ts';
import { anyWallet, keyOf } from '../../support/solana.ts';
import { testClock } from '../../support/things.ts';

const payer = keyOf('conformance');
const slotMs = 400;
const engines: Engine[] = [];
afterAll(() => {
  for (const engine of engines) engine.stop();
});

type World = ReturnType<typeof world>;
function world() {
  const clock = testClock(1_000_000_000);
  const engine = startEngine({ dataDir: null, slotMs, now: clock.now, salt: 'conformance' });
  engines.push(engine);
  endow(engine, keyOf('issuer').address, {
    treasury: payer.address,
    liquidity: keyOf('other').address,
  });
  const pass = (slots: number) => clock.advance(slots * slotMs);
  pass(40);
  const methods = methodsOf(engine);
  const call = (method: string, ...params: unknown[]): unknown => methods[method]?.(params);
  const nonceAccount = nonceAccountOf(payer.address, 1);
  const nonce = () =>
    base58.encode(engine.account(nonceAccount)?.data.slice(40, 72) ?? new Uint8Array());
  /** A payment of SOL on the nonce, as the rail signs them. */
  const onNonce = async (given: Partial<Asked> = {}) => {
    const transfer = { to: anyWallet(), value: 5_000_000n, mint: null, decimals: 9, memo: 'wd_1' };
    const message = messageFor({
      payer: payer.address,
      nonceAccount,
      nonce: nonce(),
      unitLimit: 60_000,
      unitPrice: 0n,
      transfer,
      ...given,
    });
    return transactionOf(message, await payer.sign(message));
  };
  /** A payment that is bound to the newest blockhash. */
  const onBlockhash = async (key = payer, lamports = 1_000_000n) => {
    const data = Buffer.alloc(12);
    data.writeUInt32LE(2);
    data.writeBigUInt64LE(lamports, 4);
    const accounts = [key.address, anyWallet()].map((address) => ({ address, writable: true }));
    const lifetime = engine.blockhash(engine.slot());
    const message = encodeMessage({
      payer: key.address,
      lifetime,
      instructions: [{ program: systemProgram, accounts, data }],
    });
    return transactionOf(message, await key.sign(message));
  };
  const send = (raw: Uint8Array, options: object = {}) =>
    call('sendTransaction', Buffer.from(raw).toString('base64'), {
      encoding: 'base64',
      ...options,
    });
  return { engine, call, send, pass, nonce, nonceAccount, onNonce, onBlockhash };
}

const tooMuch = {
  transfer: { to: anyWallet(), value: 10n ** 17n, mint: null, decimals: 9, memo: 'wd_1' },
};
const codes = 'rpc-client-api/src/custom_error.rs';
const errors = 'transaction-error/src/lib.rs';
const rpc = 'rpc/src/rpc.rs';

type Case = [
  what: string,
  does: (world: World) => Promise<unknown>,
  refusal: object,
  source: string,
];
// biome-ignore format: a table
const cases: readonly Case[] = [
  ['a nonce that has moved on', async ({ send, pass, onNonce }) => {
    const late = await onNonce();
    send(await onNonce());
    pass(2);
    return send(late);
  }, { code: -32_002, message: 'Transaction simulation failed: Blockhash not found', data: { err: 'BlockhashNotFound', logs: [] } }, `${codes}; ${errors}`],
  ['a blockhash of more than 150 slots ago', async ({ send, pass, onBlockhash }) => {
    const late = await onBlockhash();
    pass(151);
    return send(late);
  }, { code: -32_002, message: 'Transaction simulation failed: Blockhash not found', data: { err: 'BlockhashNotFound' } }, 'clock/src/lib.rs, MAX_PROCESSING_AGE'],
  ['a nonce in the slot in which it was advanced', async ({ engine, send, onNonce, nonce }) => {
    send(await onNonce());
    expect(nonce()).toBe(base58.encode(createHash('sha256').update('DURABLE_NONCE').update(engine.blockhash(engine.slot())).digest()));
    return send(await onNonce());
  }, { code: -32_002, data: { err: 'BlockhashNotFound' } }, 'runtime/src/bank/check_transactions.rs; nonce/src/state.rs, DurableNonce'],
  ['what was carried out just now', async ({ send, pass, onNonce }) => {
    const raw = await onNonce();
    send(raw);
    pass(2);
    return send(raw);
  }, { code: -32_002, message: 'Transaction simulation failed: This transaction has already been processed', data: { err: 'AlreadyProcessed' } }, errors],
  ['what was carried out longer ago than banks remember: its nonce is too old', async ({ send, pass, onNonce }) => {
    const raw = await onNonce();
    send(raw);
    pass(301);
    return send(raw);
  }, { code: -32_002, message: 'Transaction simulation failed: Blockhash not found', data: { err: 'BlockhashNotFound' } }, 'runtime/src/status_cache.rs, MAX_CACHE_ENTRIES'],
  ['more than the payer has', async ({ send, onNonce }) => send(await onNonce(tooMuch)), { code: -32_002, message: 'Transaction simulation failed: Error processing Instruction 3: custom program error: 0x1', data: { err: { InstructionError: [3, { Custom: 1 }] }, logs: expect.arrayContaining([expect.stringContaining('insufficient lamports')]) } }, `${errors}; system-interface/src/error.rs`],
  ['a payer that there is not', async ({ send, onBlockhash }) => send(await onBlockhash(keyOf('nobody'))), { code: -32_002, message: 'Transaction simulation failed: Attempt to debit an account but found no record of a prior credit.', data: { err: 'AccountNotFound' } }, errors],
  ['less than an account must hold to exist', async ({ send, onBlockhash }) => send(await onBlockhash(payer, 10n)), { code: -32_002, message: 'Transaction simulation failed: Transaction results in an account (1) with insufficient funds for rent', data: { err: { InsufficientFundsForRent: { account_index: 1 } } } }, errors],
  ['a signature of another', async ({ send, onNonce }) => {
    const raw = await onNonce();
    raw[5] = (raw[5] ?? 0) ^ 1;
    return send(raw);
  }, { code: -32_003, message: 'Transaction signature verification failure' }, codes],
  ['too many bytes', async ({ send }) => send(new Uint8Array(1_300)), { code: -32_602, message: expect.stringMatching(/^base64 encoded .* too large: 1736 bytes \(max: encoded\/raw 1644\/1232\)$/) }, `${rpc}, decode_and_deserialize`],
  ['bytes that are no transaction', async ({ send }) => send(Uint8Array.of(1, 2, 3)), { code: -32_602, message: expect.stringMatching(/^failed to deserialize/) }, `${rpc}, decode_and_deserialize`],
  ['too many signatures', async ({ call }) => call('getSignatureStatuses', Array.from({ length: 257 }, () => 'x')), { code: -32_602, message: 'Too many inputs provided; max 256' }, `${rpc}, MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS`],
  ['too many accounts', async ({ call }) => call('getMultipleAccounts', Array.from({ length: 101 }, anyWallet)), { code: -32_602, message: 'Too many inputs provided; max 100' }, `${rpc}, MAX_MULTIPLE_ACCOUNTS`],
  ['an address that is too short', async ({ call }) => call('getBalance', '1111'), { code: -32_602, message: 'Invalid param: WrongSize' }, `${rpc}, verify_pubkey`],
  ['an address in no base58', async ({ call }) => call('getBalance', '0OIl'), { code: -32_602, message: 'Invalid param: Invalid' }, `${rpc}, verify_pubkey`],
  ['a simulation that both checks signatures and takes another blockhash', async ({ call, onNonce }) =>
    call('simulateTransaction', Buffer.from(await onNonce()).toString('base64'), { encoding: 'base64', sigVerify: true, replaceRecentBlockhash: true }),
    { code: -32_602, message: 'sigVerify may not be used with replaceRecentBlockhash' }, `${rpc}, simulate_transaction`],
  ['a block that is not final yet', async ({ engine, call }) => call('getBlock', engine.slot(), { commitment: 'finalized' }), { code: -32_004, message: expect.stringMatching(/^Block not available for slot \d+$/) }, codes],
  ['a block that the node has forgotten', async ({ engine, call }) => {
    engine.forgetBefore(1_010);
    return call('getBlock', 1_005);
  }, { code: -32_001, message: 'Block 1005 cleaned up, does not exist on node. First available block: 1010' }, codes],
];

test.each(cases)('%s is refused as a validator refuses it', async (_what, does, refusal) => {
  await expect(does(world())).rejects.toMatchObject(refusal);
});

test('a transaction on a nonce that fails has paid its fee, advanced the nonce, and moved nothing (solana.com/docs/core/transactions, "Durable nonces")', async () => {
  const { engine, send, pass, nonce, onNonce, call } = world();
  const [before, had] = [nonce(), engine.account(payer.address)?.lamports ?? 0n];
  const raw = await onNonce(tooMuch);
  const signature = send(raw, { skipPreflight: true });
  pass(2);
  expect(nonce()).not.toBe(before);
  expect(engine.account(payer.address)?.lamports).toBe(had - 5_000n);
  const status = { err: { InstructionError: [3, { Custom: 1 }] }, confirmationStatus: 'confirmed' };
  expect(call('getSignatureStatuses', [signature])).toMatchObject({ value: [status] });
  // It never comes again, whoever hands it over.
  expect(engine.execute(raw).error).toBe('AlreadyProcessed');
});

test('what fails without a nonce pays its fee, and what no block takes leaves nothing behind', async () => {
  const { engine, send, onBlockhash, call } = world();
  const had = engine.account(payer.address)?.lamports ?? 0n;
  send(await onBlockhash(payer, 10n ** 17n), { skipPreflight: true });
  expect(engine.account(payer.address)?.lamports).toBe(had - 5_000n);
  const nobody = send(await onBlockhash(keyOf('nobody')), { skipPreflight: true });
  expect(call('getSignatureStatuses', [nobody])).toMatchObject({ value: [null] });
});

test('a status is processed, confirmed and finalized in turn; the short memory of a node forgets it, its history does not (solana.com/docs/rpc, getSignatureStatuses)', async () => {
  const { send, pass, onNonce, call } = world();
  const signature = send(await onNonce());
  const status = (options: object = {}) => call('getSignatureStatuses', [signature], options);
  const seen = (confirmationStatus: string, confirmations: unknown) => ({
    value: [{ err: null, status: { Ok: null }, confirmationStatus, confirmations }],
  });
  expect(status()).toMatchObject(seen('processed', 0));
  pass(1);
  expect(status()).toMatchObject(seen('confirmed', 1));
  pass(31);
  expect(status()).toMatchObject(seen('finalized', null));
  pass(150);
  expect(status()).toMatchObject({ value: [null] });
  expect(status({ searchTransactionHistory: true })).toMatchObject(seen('finalized', null));
});

test('a list of signatures begins with the newest, and goes on behind a transaction that the node knows, of whatever address (anza-xyz/agave, pull request 7937)', async () => {
  const { engine, send, pass, onNonce, call } = world();
  const to = anyWallet();
  const transfer = { to, value: 5_000_000n, mint: null, decimals: 9, memo: 'wd_1' };
  const sent: unknown[] = [];
  for (const other of [false, false, true, false]) {
    sent.push(send(await onNonce(other ? {} : { transfer })));
    pass(2);
  }
  const [first, second, others, last] = sent;
  const listed = (options: object) =>
    (call('getSignaturesForAddress', to, { commitment: 'confirmed', ...options }) as object[]).map(
      (row) => ('signature' in row ? row.signature : null),
    );
  expect(listed({})).toEqual([last, second, first]);
  expect(listed({ limit: 2 })).toEqual([last, second]);
  expect(listed({ before: last })).toEqual([second, first]);
  expect(listed({ before: others, limit: 1 })).toEqual([second]);
  expect(listed({ until: first })).toEqual([last, second]);
  expect(listed({ before: first })).toEqual([]);
  expect(call('getSignaturesForAddress', to, {})).toEqual([]);
  const unknown = base58.encode(new Uint8Array(64).fill(1));
  const notFound = expect.objectContaining({ code: -32_020 });
  expect(thrownBy(() => listed({ before: unknown }))).toEqual(notFound);
  expect(thrownBy(() => listed({ until: unknown }))).toEqual(notFound);
  // Whoever asks for what is final does not know what is not.
  expect(thrownBy(() => listed({ before: last, commitment: 'finalized' }))).toEqual(notFound);
  for (const limit of [0, 1_001])
    expect(thrownBy(() => listed({ limit }))).toMatchObject({ code: -32_602 });
  engine.forgetBefore(engine.slot('confirmed'));
  expect(thrownBy(() => listed({ before: first }))).toEqual(notFound);
});

const thrownBy = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
};

test('a fork that is given up takes back what was not final, with the value of the nonce, and nothing else', async () => {
  const { engine, send, pass, nonce, onNonce, call } = world();
  const raw = await onNonce();
  const before = nonce();
  const signature = send(raw);
  pass(5);
  const [final, gone] = [
    engine.blockhash(engine.slot('finalized')),
    engine.blockhash(engine.slot()),
  ];
  engine.undo(20);
  expect(call('getSignatureStatuses', [signature])).toMatchObject({ value: [null] });
  expect(nonce()).toBe(before);
  expect([engine.blockhash(engine.slot('finalized')), engine.blockhash(engine.slot())]).toEqual([
    final,
    expect.not.stringMatching(gone),
  ]);
  expect(send(raw)).toBe(signature);
  pass(33);
  const after = nonce();
  engine.undo(31);
  expect(nonce()).toBe(after);
});
