/** The auditor's own map of the stages: written from the contract, so that a change of the product's map shows. */
import type { Withdrawal } from './rows.ts';

/** Every legal move. What is not here is not legal. */
export const edges: readonly string[] = [
  'requested debiting',
  'requested reserved',
  'requested rejected',
  'requested cancelled',
  'debiting reserved',
  'debiting rejected',
  'debiting refunding',
  'debiting cancelled',
  'debiting review',
  'reserved converting',
  'reserved signed',
  'reserved refunding',
  'converting converted',
  'converting refunding',
  'converting review',
  'converted signed',
  'converted refunding',
  'converted review',
  'signed broadcast',
  'broadcast confirmed',
  'broadcast refunding',
  'broadcast review',
  'confirmed settled',
  'refunding refunded',
  'refunding cancelled',
  'refunding review',
  'refunded requested',
  'rejected requested',
  'review debiting',
  'review converting',
  'review converted',
  'review broadcast',
  'review refunding',
  'review rejected',
  'review cancelled',
];
const legal: ReadonlySet<string> = new Set(edges);

const ownAsset = ({ currency, asset }: Withdrawal): boolean => currency === asset;

/** Why this withdrawal may not go from the one stage to the other; `null` when it may. */
export function illegal(from: Withdrawal, to: Withdrawal, atBrokerage: boolean): string | null {
  const edge = `${from.stage} ${to.stage}`;
  if (!legal.has(edge)) return `${from.stage} → ${to.stage} is no legal move`;
  if (edge === 'requested debiting' && !atBrokerage) return 'its wallet is not at the brokerage';
  if (edge === 'requested reserved' && atBrokerage) return 'reserved without its journal';
  if (edge === 'reserved converting' && ownAsset(from)) return 'it needs no conversion';
  if (edge === 'reserved signed' && !ownAsset(from)) return 'signed without its conversion';
  const byPerson = to.stage === 'refunding' || (from.heldFrom === 'debiting' && isGivenBack(to));
  if (from.stage === 'review' && !byPerson && from.heldFrom !== to.stage)
    return `held from ${from.heldFrom}, taken up as ${to.stage}`;
  return null;
}

const ended: ReadonlySet<string> = new Set(['settled', 'refunded', 'rejected', 'cancelled']);
export const hasEnded = ({ stage }: Withdrawal): boolean => ended.has(stage);

const given: ReadonlySet<string> = new Set(['refunding', 'refunded', 'rejected', 'cancelled']);
/** Its money is given back, or was never taken: it must never be paid. */
export const isGivenBack = ({ stage }: Withdrawal): boolean => given.has(stage);

const signedStages: ReadonlySet<string> = new Set(['signed', 'broadcast', 'confirmed', 'settled']);
export const isSigned = ({ stage }: Withdrawal): boolean => signedStages.has(stage);

const holding: ReadonlySet<string> = new Set([
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'refunding',
]);
export const holdsIn = ({ stage, heldFrom }: Withdrawal): boolean =>
  holding.has(stage) || (stage === 'review' && heldFrom !== null && holding.has(heldFrom));

/** What clients are told of a stage, as `withdrawal.<event>`. */
export const eventOf: ReadonlyMap<string, string> = new Map([
  ['requested', 'withdrawal.requested'],
  ['reserved', 'withdrawal.reserved'],
  ['converted', 'withdrawal.converted'],
  ['broadcast', 'withdrawal.broadcast'],
  ['settled', 'withdrawal.completed'],
  ['refunded', 'withdrawal.failed'],
  ['rejected', 'withdrawal.failed'],
  ['cancelled', 'withdrawal.cancelled'],
  ['review', 'withdrawal.review'],
]);

/** The causes of a failure that may stand with each proof, or with a rejection. A cause that is no proof is nowhere here. */
export const causes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'never-sent',
    new Set([
      'ON_RAMP_REJECTED',
      'RETRIES_EXHAUSTED',
      'PAYOUT_REVERTED',
      'CANCELLED_BY_CLIENT',
      'BROKERAGE_REJECTED',
    ]),
  ],
  ['refused', new Set(['ON_RAMP_REJECTED', 'RETRIES_EXHAUSTED'])],
  ['cancelled', new Set(['PAYOUT_CANCELLED', 'PAYOUT_REVERTED'])],
  ['rejected', new Set(['INSUFFICIENT_FUNDS', 'BROKERAGE_REJECTED'])],
  ['cancelled before anything was taken', new Set(['CANCELLED_BY_CLIENT'])],
]);
