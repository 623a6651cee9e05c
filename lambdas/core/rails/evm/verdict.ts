/**
 * What finally became of a payout's nonce. It is read from the nonce, never from the fate of one of our transactions: a
 * copy by another sender may have paid while ours reverted.
 */
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Verdict } from '../../payout/rail.ts';
import type { In } from '../../withdrawal/withdrawal.ts';
import type { ChainEvent, ChainView, Head } from './chain.ts';
import { payoutNonce } from './nonce.ts';

export async function readVerdicts(
  chain: ChainView,
  sent: readonly In<'broadcast'>[],
): Promise<ReadonlyMap<WithdrawalId, Verdict>> {
  const head = await chain.head();
  const byNonce = new Map(
    sent.map((one) => [payoutNonce(chain.chainId, chain.token, one.id), one] as const),
  );
  const from = Math.min(...sent.map(({ readFrom }) => readFrom));
  const events = await chain.authorizations([...byNonce.keys()], from, head.final);
  const verdicts = new Map<WithdrawalId, Verdict>();
  for (const event of events) {
    const withdrawal = byNonce.get(event.nonce);
    if (withdrawal !== undefined) verdicts.set(withdrawal.id, verdictOf(withdrawal, event, head));
  }
  return verdicts;
}

function verdictOf(
  { destination, payout }: In<'broadcast'>,
  { kind, transfers, txHash: txId, blockNumber: height, blockHash: block, logIndex }: ChainEvent,
  head: Head,
): Verdict {
  if (kind === 'canceled') {
    // Its nonce is used up for ever: this withdrawal can never be paid.
    const message = 'The payout was cancelled on chain before it was made.';
    return { is: 'never', proof: { proof: 'cancelled', at: { block, index: logIndex } }, message };
  }
  const transfer = transfers.find(({ to, value }) => to === destination && value === payout);
  if (transfer === undefined) {
    const message = 'The payout was used on chain without the transfer that it stands for.';
    return { is: 'wrong', message };
  }
  const place = { height, block, index: transfer.logIndex };
  return { is: 'paid', txId, place, confirmations: head.latest - height + 1 };
}
