/**
 * What a node's pool takes, and the words in which it refuses the rest, by Bitcoin Core: src/validation.cpp (MemPoolAccept::PreChecks),
 * src/policy/policy.cpp (IsStandardTx, GetDustThreshold) and src/policy/rbf.cpp.
 */
import {
  type Outpoint,
  outpointOf,
  partsOf,
  type Transaction,
  virtualBytes,
} from '../../../lambdas/core/rails/bitcoin/wire.ts';
import { type Coins, type LocalCoin, maySpend } from './coins.ts';
import { inBitcoin } from './transaction.ts';

export type Pooled = { transaction: Transaction; raw: string; fee: bigint; size: number };
export type Pool = {
  entries: ReadonlyMap<string, Pooled>;
  spenders: ReadonlyMap<Outpoint, string>;
};
export type Policy = {
  /** In satoshi for 1,000 virtual bytes. */
  relayFee: bigint;
  poolFee: bigint;
  step: bigint;
};
export type Verdict =
  | { taken: Pooled; replaces: readonly string[] }
  | { refused: string; code: -25 | -26 };

const maturity = 100;
const replaceable = 0xffff_fffd;
const weightMax = 400_000;
const ancestorsMax = 25;
const conflictsMax = 100;

const refused = (reason: string, code: -25 | -26 = -26): Verdict => ({ refused: reason, code });
/** As Core writes amounts (src/util/moneystr.cpp, FormatMoney): at least two decimals, and no zeros behind them. */
const money = (satoshi: bigint): string => inBitcoin(satoshi).replace(/0{1,6}$/, '');
/** As Core writes a rate (src/policy/feerate.cpp, CFeeRate::ToString). */
const rateOf = (fee: bigint, size: number): string =>
  `${inBitcoin((fee * 1_000n) / BigInt(size))} BTC/kvB`;
const feeFor = (rate: bigint, bytes: number): bigint => (rate * BigInt(bytes) + 999n) / 1_000n;

/** A standard output: P2PKH, P2SH, or a witness program of any version (Solver in src/script/solver.cpp). */
function kindOf(script: Uint8Array): 'legacy' | 'witness' | null {
  const [first = 0, second = 0] = script;
  const isVersion = first === 0 || (first >= 0x51 && first <= 0x60);
  if (isVersion && script.length >= 4 && script.length <= 42 && second === script.length - 2)
    return first !== 0 || second === 20 || second === 32 ? 'witness' : null;
  if (script.length === 25 && first === 0x76 && second === 0xa9) return 'legacy';
  return script.length === 23 && first === 0xa9 ? 'legacy' : null;
}

const dustOf = (script: Uint8Array, kind: 'legacy' | 'witness'): bigint =>
  BigInt(3 * (9 + script.length + (kind === 'witness' ? 67 : 148)));

/** Whether the pool takes it. `coins`: those of the chain; `height`: of the next block. */
export function judge(
  transaction: Transaction,
  raw: string,
  coins: Coins,
  pool: Pool,
  height: number,
  policy: Policy,
): Verdict {
  const { txId, inputs, outputs, version, lockTime } = transaction;
  if (inputs.length === 0) return refused('bad-txns-vin-empty');
  if (outputs.length === 0) return refused('bad-txns-vout-empty');
  if (new Set(inputs.map(({ outpoint }) => outpoint)).size < inputs.length)
    return refused('bad-txns-inputs-duplicate');
  if (version < 1 || version > 3) return refused('version');
  if (3 * transaction.baseBytes + transaction.bytes > weightMax) return refused('tx-size');
  for (const { amount, script } of outputs) {
    const kind = kindOf(script);
    if (kind === null) return refused('scriptpubkey');
    if (amount < dustOf(script, kind)) return refused('dust');
  }
  if (lockTime >= height && inputs.some(({ sequence }) => sequence !== 0xffff_ffff))
    return refused('non-final');

  const conflicts = new Set(inputs.flatMap(({ outpoint }) => pool.spenders.get(outpoint) ?? []));
  for (const id of conflicts) {
    const rival = pool.entries.get(id);
    if (rival?.transaction.inputs.every(({ sequence }) => sequence > replaceable))
      return refused('txn-mempool-conflict');
  }
  const spent: LocalCoin[] = [];
  const parents = new Set<string>();
  for (const { outpoint } of inputs) {
    const { txId: parent, index } = partsOf(outpoint);
    const made = pool.entries.get(parent)?.transaction.outputs[index];
    const coin =
      coins.get(outpoint) ?? (made && { ...made, height: null, isMined: false as boolean });
    if (coin === undefined) return refused('bad-txns-inputs-missingorspent', -25);
    if (coin.isMined && height - (coin.height ?? 0) < maturity)
      return refused(
        `bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth ${height - (coin.height ?? 0)}`,
      );
    if (coin.height === null) parents.add(parent);
    spent.push(coin);
  }
  const sum = (list: readonly { amount: bigint }[]) =>
    list.reduce((all, one) => all + one.amount, 0n);
  const fee = sum(spent) - sum(outputs);
  if (fee < 0n)
    return refused(
      `bad-txns-in-belowout, value in (${money(sum(spent))}) < value out (${money(sum(outputs))})`,
    );
  const size = virtualBytes(transaction);
  // Of a pool that is not full nothing is asked but what is relayed at all (CTxMemPool::GetMinFee).
  const isFull = policy.poolFee > policy.relayFee;
  if (isFull && fee < feeFor(policy.poolFee, size))
    return refused(`mempool min fee not met, ${fee} < ${feeFor(policy.poolFee, size)}`);
  if (fee < feeFor(policy.relayFee, size))
    return refused(`min relay fee not met, ${fee} < ${feeFor(policy.relayFee, size)}`);
  if (ancestorsOf(pool, parents).size + 1 > ancestorsMax)
    return refused(
      `too-long-mempool-chain, too many unconfirmed ancestors [limit: ${ancestorsMax}]`,
    );
  for (const parent of ancestorsOf(pool, parents))
    if (conflicts.has(parent))
      return refused(
        `bad-txns-spends-conflicting-tx, ${txId} spends conflicting transaction ${parent}`,
      );
  const words = `rejecting replacement ${txId}`;
  for (const id of conflicts) {
    const rival = pool.entries.get(id);
    if (rival && fee * BigInt(rival.size) <= rival.fee * BigInt(size))
      return refused(
        `insufficient fee, ${words}; new feerate ${rateOf(fee, size)} <= old feerate ${rateOf(rival.fee, rival.size)}`,
      );
  }
  const replaces = descendantsOf(pool, conflicts);
  if (replaces.size > conflictsMax)
    return refused(
      `too many potential replacements, ${words}; too many potential replacements (${replaces.size} > ${conflictsMax})`,
    );
  // Rule 2 of BIP-125: an input that is in no block must be one of what is replaced.
  const before = [...conflicts].flatMap((id) => pool.entries.get(id)?.transaction.inputs ?? []);
  const known = new Set(before.map(({ outpoint }) => partsOf(outpoint).txId));
  const added = inputs.findIndex(({ outpoint }) => {
    const { txId: parent } = partsOf(outpoint);
    return conflicts.size > 0 && parents.has(parent) && !known.has(parent);
  });
  if (added !== -1)
    return refused(
      `replacement-adds-unconfirmed, replacement ${txId} adds unconfirmed input, idx ${added}`,
    );
  const paid = [...replaces].reduce((all, id) => all + (pool.entries.get(id)?.fee ?? 0n), 0n);
  if (conflicts.size > 0 && fee < paid)
    return refused(
      `insufficient fee, ${words}, less fees than conflicting txs; ${money(fee)} < ${money(paid)}`,
    );
  const step = feeFor(policy.step, size);
  if (conflicts.size > 0 && fee - paid < step)
    return refused(
      `insufficient fee, ${words}, not enough additional fees to relay; ${money(fee - paid)} < ${money(step)}`,
    );
  for (const [index, coin] of spent.entries())
    if (!maySpend(transaction, index, coin))
      return refused(
        'mandatory-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG operation)',
      );
  return { taken: { transaction, raw, fee, size }, replaces: [...replaces] };
}

function ancestorsOf({ entries }: Pool, parents: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    const entry = entries.get(id);
    if (entry === undefined || found.has(id)) return;
    found.add(id);
    for (const { outpoint } of entry.transaction.inputs) visit(outpoint.split(':')[0] ?? '');
  };
  for (const id of parents) visit(id);
  return found;
}

/** Those, and all that spend their outputs. */
export function descendantsOf({ entries, spenders }: Pool, ids: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    const entry = entries.get(id);
    if (entry === undefined || found.has(id)) return;
    found.add(id);
    for (const index of entry.transaction.outputs.keys()) {
      const spender = spenders.get(outpointOf(id, index));
      if (spender !== undefined) visit(spender);
    }
  };
  for (const id of ids) visit(id);
  return found;
}
