/**
 * The ways in which our dollars reach the on-ramp (ON_RAMP_PAY_IN), one beside the other. A new conversion is begun in the way
 * that is set; one that was begun goes on in its own, whatever is set meanwhile.
 */
import {
  payoutAbovePercentMax,
  payoutBelowAlwaysCents,
  payoutBelowPercentMax,
} from '../kernel/limits.ts';
import { convertAtPar, type Minor, minor } from '../kernel/money.ts';
import type { Network } from '../kernel/networks.ts';
import type { ConversionRecord, PayIn } from '../store/conversion-record.ts';
import type { Known, OnRampWorld } from './conversion.ts';
import { accountOf, convertByDeposit, depositMemo } from './deposit.ts';
import type { Converting, Due } from './endings.ts';
import type { Transfer } from './provider.ts';
import { payByWire } from './wire.ts';

/** Its transfer waits for our dollars; `null`: they are to make one. */
export type Unpaid = Converting & { transfer: Transfer | null };

export type PayInMode = {
  /** Whether dollars can be paid in so; nothing is asked of anybody before. Missing: there is nothing to wait for. */
  isReady?(world: OnRampWorld, network: Network): Promise<boolean>;
  /** Whether a quote is sent, to be made into a transfer. If not, the dollars that arrive make one by themselves. */
  isAskedFor: boolean;
  /** Whether the brokerage wires the dollars. */
  isWired: boolean;
  /** Whether a transfer that was paid has paid what it should. */
  isPayoutRight(converting: Converting, payout: Minor): boolean;
  /** Pays in for those that wait for dollars. Answers those whose transfer is known by it. */
  payFor(world: OnRampWorld, unpaid: readonly Unpaid[]): Promise<Known[]>;
  /** What the wire of a conversion pays for, as it is asked for now (`transferId` of its record); `null`: it has none. */
  wiredFor(effect: ConversionRecord): string | null;
};

const asQuoted = ({ effect }: Converting, payout: Minor): boolean => payout === effect.payout;

/** The on-ramp draws the dollars from our float. */
const ach: PayInMode = {
  isAskedFor: true,
  isWired: false,
  isPayoutRight: asQuoted,
  payFor: async () => [],
  wiredFor: ({ transferId }) => transferId,
};

/** The brokerage wires the dollars for a transfer that waits for them. */
const wire: PayInMode = {
  ...ach,
  isWired: true,
  payFor: async (world, unpaid) => {
    await payByWire(
      world,
      unpaid.flatMap(({ transfer, ...one }) => (transfer === null ? [] : [{ ...one, transfer }])),
    );
    return [];
  },
};

/** The brokerage wires the dollars into our account at the on-ramp, which makes a transfer of each deposit. */
const virtualAccount: PayInMode = {
  isReady: async (world, network) => (await accountOf(world, network)) !== null,
  isAskedFor: false,
  isWired: true,
  // What a deposit buys was quoted to nobody.
  isPayoutRight: ({ withdrawal }, payout) => isPlausible(withdrawal, payout),
  payFor: (world, unpaid) =>
    convertByDeposit(
      world,
      unpaid.filter(({ transfer }) => transfer === null),
    ),
  wiredFor: (effect) => (effect.refusedCode === null ? depositMemo(effect) : null),
};

export const payInModes: Readonly<Record<PayIn, PayInMode>> = {
  ach,
  wire,
  'virtual-account': virtualAccount,
};

/** What was taken from the wallet, but for a little above and the usual fees below. */
export function isPlausible(
  { amount, currency, asset }: Due['withdrawal'],
  payout: Minor,
): boolean {
  const atPar = convertAtPar(amount, currency, asset);
  const small = convertAtPar(minor(payoutBelowAlwaysCents), 'USD', asset);
  const missing = atPar - payout;
  return (
    payout > 0n &&
    payout * 100n <= atPar * (100n + payoutAbovePercentMax) &&
    (missing <= small || missing * 100n <= atPar * payoutBelowPercentMax)
  );
}
