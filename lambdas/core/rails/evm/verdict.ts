import type { Instant } from '../../kernel/time.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Change } from '../../store/change.ts';
import { commitGroups, type Store } from '../../store/store.ts';
import { type Failure, type In, moveTo } from '../../withdrawal/withdrawal.ts';
import type { ChainEvent, ChainView, Head } from './chain.ts';
import { payoutNonce } from './nonce.ts';

export async function readVerdicts(
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
