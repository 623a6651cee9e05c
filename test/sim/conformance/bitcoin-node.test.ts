/**
 * The local chain of bitcoin says what Bitcoin Core says: each line has the words and the code of Core, and where they come from
 * (bitcoin/bitcoin). What we understand of them, and of the words of others, is in test/adapters/bitcoin-nodes.test.ts.
 */
import { expect, test } from '@jest/globals';
import { bitcoinSigner, treasuryOf } from '../../../lambdas/adapters/bitcoin/signer.ts';
import { scriptOf, toHex } from '../../../lambdas/core/rails/bitcoin/address.ts';
import { outpointOf } from '../../../lambdas/core/rails/bitcoin/wire.ts';
import { answerTo, rpcMethods } from '../../../local/chains/bitcoin/rpc.ts';
import { openChain } from '../../../local/chains/bitcoin/service.ts';
import { customer, newKey } from '../../support/bitcoin.ts';

const key = newKey();
const treasury = treasuryOf(key, 'regtest');
const signer = bitcoinSigner(key, 'regtest', 10n ** 12n);
const coinValue = 250_000_000n;

type Error = { code: number; message: string };
type Paying = {
  coin?: number;
  value?: bigint;
  fee?: bigint;
  from?: { txId: string; index: number; amount: bigint };
};
type World = ReturnType<typeof world>;

/** A chain of its own, on which the treasury has 40 outputs. */
function world() {
  const engine = openChain(treasury, null, () => 1_700_000_000_000);
  const methods = rpcMethods(engine, [treasury]);
  const outpoints = [...engine.coins].flatMap(([outpoint, { amount }]) =>
    amount === coinValue ? [outpoint] : [],
  );
  const call = (method: string, ...params: unknown[]) =>
    answerTo(methods, { id: 1, method, params }) as { result?: unknown; error?: Error };
  const payment = async ({ coin = 0, value = 50_000n, fee = 1_000n, from }: Paying = {}) => {
    const outpoint = from === undefined ? outpoints[coin] : outpointOf(from.txId, from.index);
    const amount = from?.amount ?? coinValue;
    if (outpoint === undefined) throw new Error('there are forty outputs');
    const { raw, txId } = await signer.sign({
      ...{ inputs: [{ outpoint, amount }], fee, payment: { to: customer, value } },
      change: [amount - value - fee],
    });
    return { raw: toHex(raw), txId, rest: { txId, index: 1, amount: amount - value - fee } };
  };
  const send = (raw: string, ...rest: unknown[]) => call('sendrawtransaction', raw, ...rest);
  return { engine, call, payment, send, outpoints };
}

/** The transaction with other bytes where these stand; the signature does not fit any more. */
const replaced = (raw: string, from: string, to: string): string => raw.replace(from, to);
const little = (value: bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.toString('hex');
};

type Case = [
  what: string,
  does: (world: World) => Promise<unknown>,
  code: number,
  says: RegExp,
  source: string,
];
const validation = 'src/validation.cpp, MemPoolAccept::PreChecks';
const policy = 'src/policy/policy.cpp, IsStandardTx';
const rbf = 'src/policy/rbf.cpp';
const broadcast = 'src/node/transaction.cpp, BroadcastTransaction';
const rpc = 'src/rpc/protocol.h';

// biome-ignore format: a table
const cases: readonly Case[] = [
  ['bytes that are no transaction', async ({ send }) => send('00'), -22, /^TX decode failed\. Make sure the tx has at least one input\.$/, 'src/rpc/mempool.cpp, sendrawtransaction'],
  ['no text', async ({ send }) => send(7 as unknown as string), -3, /^JSON value of type number is not of expected type string$/, 'src/rpc/util.cpp, RPCHelpMan; src/univalue'],
  ['inputs that are spent in a block', async ({ engine, payment, send }) => {
    send((await payment()).raw);
    engine.mine([{ script: scriptOf(customer, 'regtest'), amount: 1n }]);
    return send((await payment({ fee: 9_000n })).raw);
  }, -25, /^bad-txns-inputs-missingorspent$/, `${validation}; ${broadcast}`],
  ['what is in a block already', async ({ engine, payment, send }) => {
    const { raw } = await payment();
    send(raw);
    engine.mine([{ script: scriptOf(customer, 'regtest'), amount: 1n }]);
    return send(raw);
  }, -27, /^Transaction outputs already in utxo set$/, `${broadcast}; src/common/messages.cpp`],
  ['less than is relayed', async ({ payment, send }) => send((await payment({ fee: 100n })).raw), -26, /^min relay fee not met, 100 < 1\d\d$/, 'src/validation.cpp, CheckFeeRate'],
  ['less than a full pool takes', async ({ engine, payment, send }) => {
    engine.policy.poolFee = 5_000n;
    return send((await payment({ fee: 300n })).raw);
  }, -26, /^mempool min fee not met, 300 < 7\d\d$/, 'src/validation.cpp, CheckFeeRate'],
  ['more than its sender allows', async ({ payment, send }) => send((await payment({ fee: 50_000_000n })).raw), -25, /^Fee exceeds maximum configured by user \(e\.g\. -maxtxfee, maxfeerate\)$/, `${broadcast}; src/rpc/mempool.cpp, DEFAULT_MAX_RAW_TX_FEE_RATE`],
  ['an output that is dust', async ({ payment, send }) => send((await payment({ value: 329n })).raw), -26, /^dust$/, policy],
  ['another script than the usual ones', async ({ payment, send }) => {
    const { raw } = await payment();
    return send(replaced(raw, toHex(scriptOf(customer, 'regtest')), `61${'00'.repeat(33)}`));
  }, -26, /^scriptpubkey$/, policy],
  ['another version', async ({ payment, send }) => send(replaced((await payment()).raw, '02000000', '09000000')), -26, /^version$/, policy],
  ['more out than in', async ({ payment, send }) => {
    const { raw, rest } = await payment();
    return send(replaced(raw, little(rest.amount), little(rest.amount + 2_000n)));
  }, -26, /^bad-txns-in-belowout, value in \(2\.50\) < value out \(2\.50001\)$/, 'src/consensus/tx_verify.cpp, CheckTxInputs; src/util/moneystr.cpp'],
  ['money that was mined too lately', async ({ engine, payment, send }) => {
    const block = engine.mine([{ script: scriptOf(treasury, 'regtest'), amount: 9_000_000n }]);
    const txId = block.transactions[0]?.transaction.txId ?? '';
    return send((await payment({ from: { txId, index: 0, amount: 9_000_000n } })).raw);
  }, -26, /^bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 1$/, 'src/consensus/tx_verify.cpp, CheckTxInputs'],
  ['a signature over something else', async ({ payment, send }) => {
    const { raw } = await payment();
    return send(replaced(raw, little(50_000n), little(40_000n)));
  }, -26, /^mandatory-script-verify-flag-failed \(Signature must be zero for failed CHECK\(MULTI\)SIG operation\)/, 'src/validation.cpp, CheckInputScripts; src/script/script_error.cpp'],
  ['a chain of more than twenty-five', async ({ payment, send }) => {
    let one = await payment();
    for (let count = 0; count < 25; count += 1) {
      expect(send(one.raw).error).toBeUndefined();
      one = await payment({ from: one.rest, value: 1_000n, fee: 500n });
    }
    return send(one.raw);
  }, -26, /^too-long-mempool-chain, too many unconfirmed ancestors \[limit: 25\]$/, 'src/txmempool.cpp, CalculateMemPoolAncestors'],
  ['a replacement at a lower rate', async ({ payment, send }) => {
    send((await payment()).raw);
    return send((await payment({ value: 60_000n, fee: 900n })).raw);
  }, -26, /^insufficient fee, rejecting replacement [\da-f]{64}; new feerate 0\.0000\d{4} BTC\/kvB <= old feerate 0\.0000\d{4} BTC\/kvB$/, `${rbf}, PaysMoreThanConflicts (rule 6)`],
  ['a replacement that does not pay for itself', async ({ payment, send }) => {
    send((await payment()).raw);
    return send((await payment({ value: 60_000n, fee: 1_100n })).raw);
  }, -26, /^insufficient fee, rejecting replacement [\da-f]{64}, not enough additional fees to relay; 0\.000001 < 0\.00000\d{3}$/, `${rbf}, PaysForRBF (BIP-125, rule 4)`],
  ['a replacement that pays less than all that go with it', async ({ payment, send }) => {
    const first = await payment();
    send(first.raw);
    send((await payment({ from: first.rest, value: 1_000n, fee: 90_000n })).raw);
    return send((await payment({ value: 60_000n, fee: 5_000n })).raw);
  }, -26, /^insufficient fee, rejecting replacement [\da-f]{64}, less fees than conflicting txs; 0\.00005 < 0\.00091$/, `${rbf}, PaysForRBF (BIP-125, rule 3)`],
  ['what spends the output of what it replaces', async ({ payment, send, outpoints }) => {
    const first = await payment();
    send(first.raw);
    const [input] = outpoints;
    if (input === undefined) throw new Error('there are forty outputs');
    const inputs = [{ outpoint: input, amount: coinValue }, { outpoint: outpointOf(first.txId, 1), amount: first.rest.amount }];
    const all = coinValue + first.rest.amount;
    const { raw } = await signer.sign({ inputs, fee: 9_000n, payment: { to: customer, value: 1_000n }, change: [all - 10_000n] });
    return send(toHex(raw));
  }, -26, /^bad-txns-spends-conflicting-tx, [\da-f]{64} spends conflicting transaction [\da-f]{64}$/, 'src/policy/rbf.cpp, EntriesAndTxidsDisjoint'],
  ['a replacement with another input that is in no block', async ({ payment, send, outpoints }) => {
    send((await payment()).raw);
    const other = await payment({ coin: 1 });
    send(other.raw);
    const [input] = outpoints;
    if (input === undefined) throw new Error('there are forty outputs');
    const inputs = [{ outpoint: input, amount: coinValue }, { outpoint: outpointOf(other.txId, 1), amount: other.rest.amount }];
    const all = coinValue + other.rest.amount;
    const { raw } = await signer.sign({ inputs, fee: 9_000n, payment: { to: customer, value: 1_000n }, change: [all - 10_000n] });
    return send(toHex(raw));
  }, -26, /^replacement-adds-unconfirmed, replacement [\da-f]{64} adds unconfirmed input, idx 1$/, `${rbf}, HasNoNewUnconfirmed (BIP-125, rule 2)`],
  ['a block above the chain', async ({ call }) => call('getblockhash', 9_999), -8, /^Block height out of range$/, `src/rpc/blockchain.cpp, getblockhash; ${rpc}`],
  ['a block that nobody knows', async ({ call }) => call('getblock', 'aa'.repeat(32)), -5, /^Block not found$/, 'src/rpc/blockchain.cpp, getblock'],
  ['an entry that the pool has not', async ({ call }) => call('getmempoolentry', 'aa'.repeat(32)), -5, /^Transaction not in mempool$/, 'src/rpc/mempool.cpp, getmempoolentry'],
  ['a transaction in a block, without an index', async ({ call }) => call('getrawtransaction', 'aa'.repeat(32)), -5, /^No such mempool transaction\. Use -txindex or provide a block hash to enable blockchain transaction queries\. Use gettransaction for wallet transactions\.$/, 'src/rpc/rawtransaction.cpp, getrawtransaction'],
  ['a method that there is not', async ({ call }) => call('getnothing'), -32601, /^Method not found$/, rpc],
];

test.each(cases)('%s is refused in the words of Core', async (_what, does, code, says) => {
  const { error } = (await does(world())) as { error?: Error };
  expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
});

test('what the pool knows is taken once more, and what pays more takes its place (BIP-125)', async () => {
  const { payment, send, engine } = world();
  const { raw, txId } = await payment();
  expect([send(raw).result, send(raw).result]).toEqual([txId, txId]);
  const better = await payment({ value: 60_000n, fee: 1_300n });
  expect(send(better.raw).result).toBe(better.txId);
  expect([...engine.pool.entries.keys()]).toEqual([better.txId]);
});

test('a node without a wallet says so (-18), and what it has of a block that is undone is no part of the chain (-1)', async () => {
  const { engine, call, payment, send } = world();
  const bare = answerTo(rpcMethods(engine, null), { id: 1, method: 'listunspent', params: [] });
  expect(bare).toMatchObject({
    error: { code: -18, message: expect.stringMatching(/^No wallet is loaded\./) },
  });
  const { raw, txId } = await payment();
  send(raw);
  const { hash } = engine.mine([{ script: scriptOf(customer, 'regtest'), amount: 1n }]);
  expect(call('getblock', hash, 1).result).toMatchObject({ confirmations: 1 });
  const { tx } = call('getblock', hash, 2).result as { tx: Record<string, unknown>[] };
  expect(tx[0]).toMatchObject({ vin: [{ coinbase: expect.any(String) }] });
  expect(tx[1]).toMatchObject({
    ...{
      txid: txId,
      hex: raw,
      vin: [{ vout: expect.any(Number), txinwitness: expect.any(Array) }],
    },
    vout: expect.arrayContaining([expect.objectContaining({ n: 0 })]),
  });
  engine.undo(hash);
  expect(call('getblock', hash, 1).result).toMatchObject({ confirmations: -1 });
  // What was in it is in the pool again, and `gettxout` shows it there only when it is asked to.
  expect(call('gettxout', txId, 0, true).result).toMatchObject({
    confirmations: 0,
    coinbase: false,
  });
  expect(call('gettxout', txId, 0, false).result).toBeNull();
});
