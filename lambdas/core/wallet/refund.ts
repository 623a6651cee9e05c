/** 6-refund: a payout that can never be made releases its hold, after a brokerage's cash was given back. */
import { type PerhapsBrokerage, withBrokerage } from '../brokerage/world.ts';
import type { Posting } from '../ledger/ledger.ts';
import { givenBack } from '../withdrawal/endings.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { type End, makeEnding } from './holds.ts';
import { refundAtBrokerage } from './refund-at-brokerage.ts';

const release: End = (from, now) => {
  if (from.stage !== 'refunding') return null;
  const { id: sourceId, amount } = from;
  const postings: Posting[] = [{ kind: 'RELEASE', amount, sourceId }];
  return { from, postings, to: givenBack(from, now), paid: false };
};

export const makeRefund = makeEnding<PerhapsBrokerage>(release, (world, wallet, withdrawals) =>
  refundAtBrokerage(
    withBrokerage(world),
    wallet,
    withdrawals.filter((one): one is In<'refunding'> => one.stage === 'refunding'),
  ),
);
