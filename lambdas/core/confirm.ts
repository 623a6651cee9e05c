/**
 * 5-confirm: the chain's final verdict. It is read from what became of the authorization's nonce, never from the fate
 * of one of our transactions: a copy by another sender may have paid while ours reverted (reliability.md §4.7).
 */
import { all } from './all.ts';
import { commitGroups } from './commit.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import { payoutNonce } from './payout.ts';
import type { ChainEvent, ChainView, Change, Clock, Head, Store } from './ports.ts';
import { type Failure, type In, moveTo, type Network } from './withdrawal.ts';

export const makeConfirm =
  (store: Store, chains: (network: Network) => Promise<ChainView>, clock: Clock) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const sent = (await store.withdrawals(ids)).filter(
      (one): one is In<'broadcast'> => one.stage === 'broadcast',
    );
    const networks = new Set(sent.map(({ network }) => network));
    await all(
      [...networks].map(async (network) => {
        const here = sent.filter((one) => one.network === network);
        await readVerdicts(store, await chains(network), here, clock);
      }),
    );
  };

async function readVerdicts(
  store: Store,
  chain: ChainView,
  sent: readonly In<'broadcast'>[],
  clock: Clock,
): Promise<void> {
  const head = await chain.head();
  const nonces = new Map(sent.map(({ id }) => [id, payoutNonce(chain.chainId, chain.token, id)]));
  const from = Math.min(...sent.map(({ fromBlock }) => fromBlock));
  const events = await chain.authorizations([...nonces.values()], from, head.final);
  const byNonce = new Map(events.map((event) => [event.nonce, event]));
  const groups = sent.flatMap((withdrawal) => {
    const event = byNonce.get(nonces.get(withdrawal.id) ?? '0x');
    // No final event: still on its way. How long it takes proves nothing.
    return event === undefined ? [] : [{ changes: verdict(withdrawal, event, head, clock.now()) }];
  });
  await commitGroups(store, groups);
}

function verdict(from: In<'broadcast'>, event: ChainEvent, head: Head, now: Instant): Change[] {
  const { blockNumber, blockHash, txHash } = event;
  const { payout, fee, attempts, fromBlock } = from;
  if (event.kind === 'canceled') {
    const message = 'The payout was cancelled on chain before it was made.';
    // Its nonce is used up for ever: this withdrawal can never be paid.
    const failure: Failure = { code: 'PAYOUT_EXPIRED', message, retryable: false };
    const proof = { proof: 'cancelled', blockHash, logIndex: event.logIndex } as const;
    return [{ change: 'withdrawal', from, to: moveTo(from, 'refunding', { failure, proof }, now) }];
  }
  const transfer = event.transfers.find(
    ({ to, value }) => to === from.destination && value === payout,
  );
  if (transfer === undefined) {
    const message = 'The payout was used on chain without the transfer that it stands for.';
    const failure: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
    const facts = { failure, heldFrom: from.stage } as const;
    return [{ change: 'withdrawal', from, to: moveTo(from, 'review', facts, now, message) }];
  }
  const facts = {
    payout,
    fee,
    attempts,
    fromBlock,
    txHash,
    blockNumber,
    blockHash,
    logIndex: transfer.logIndex,
    confirmations: head.latest - blockNumber + 1,
  };
  return [{ change: 'withdrawal', from, to: moveTo(from, 'confirmed', facts, now) }];
}
