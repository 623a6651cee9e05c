/**
 * Tells rows of newer code. During a deployment old and new functions work on the same rows, and after a rollback old ones
 * find what new ones have written. What a row says in words that this code does not know is left alone, whole; attributes
 * that it does not know are no obstacle, and survive (adapters/dynamo/commit.ts).
 */
import { assets } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import { failureCodes, stages, type Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import type { Row } from './keys.ts';

/**
 * The format of withdrawals that this code knows. A change that old code must not work on, though it knows every word of
 * it, raises the number and writes it as `format`; rows of format 1 do not say so.
 */
const formatKnown = 4n;
/** Of a withdrawal whose payout is being ended: who does not know that would sign it again. */
const formatOfEnding = 2;
/** Of one whose latest attempt is a batch, as long as that counts: who does not know that would not find what was signed for it. */
const formatOfBatch = 3;
/** Of one that pays another asset than USDC: who does not know that would pay USDC. */
const formatOfAsset = 4;

/** What its row says of the code that may work on it; nothing, where any may. */
export function formatOf(withdrawal: Withdrawal): number | undefined {
  const { stage, asset } = withdrawal;
  if (asset !== 'USDC') return formatOfAsset;
  const counts = stage === 'signed' || stage === 'broadcast' || stage === 'review';
  if (counts && withdrawal.payoutBatch !== undefined) return formatOfBatch;
  return 'ending' in withdrawal && withdrawal.ending !== undefined ? formatOfEnding : undefined;
}

const stageNames = Object.keys(stages);
/** The facts that are failures. */
const failures = ['failure', 'refundFor', 'ending'];
const proofs = ['never-sent', 'refused', 'cancelled', 'attested'];

/** What a withdrawal's row says that this code does not know, in a few words; `null` when it knows all. */
export function unknownIn(row: Row): string | null {
  const { format } = row;
  if (typeof format === 'bigint' && format > formatKnown) return `format ${format}`;
  const known = (list: readonly string[], ...words: unknown[]): unknown =>
    words.find((word) => typeof word === 'string' && !list.includes(word));
  const lines = Array.isArray(row['history']) ? row['history'] : [];
  const odd =
    known(stageNames, row['stage'], row['heldFrom'], ...lines.map(first)) ??
    known(failureCodes, ...failures.map((name) => inside(row[name], 'code'))) ??
    known(proofs, inside(row['proof'], 'proof')) ??
    known(networks, row['network']) ??
    known(assets, row['asset']);
  return odd === undefined ? null : `"${String(odd)}"`;
}

const first = (line: unknown): unknown => (Array.isArray(line) ? line[0] : undefined);
const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Row)[name] : undefined;
