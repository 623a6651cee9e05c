/** What becomes of a transfer at Due, in time and in money: dollars are taken once, paid out once and given back once. */
import type { World } from '../world.ts';
import type { DueGiven } from './due.ts';
import { reporter } from './due-events.ts';
import { type Transfer, transferShape } from './due-shapes.ts';
import { type DueOptions, transferCourses } from './due-ways.ts';
import { byWeight, minute, type Span, type Stop, within } from './parts.ts';

export function makeLife(
  world: World,
  options: DueOptions,
  { accountId, rails, mint, postEvent }: DueGiven,
) {
  const { random } = world;
  const report = reporter(world, options, postEvent);

  function keep(transfer: Transfer): void {
    const text = JSON.stringify(transferShape(transfer, accountId, world.now()));
    transfer.past.keep(world.now(), text);
  }

  function set(transfer: Transfer, status: string): void {
    transfer.turn += 1;
    transfer.status = status;
    keep(transfer);
    world.tell('due', `${transfer.id}: ${status}`);
    report(transferShape(transfer, accountId, world.now()));
  }

  /** Unless something else is decided before. */
  function later(transfer: Transfer, span: Span, event: () => void): void {
    const { turn } = transfer;
    world.after(within(world, span), () => {
      if (transfer.turn === turn) event();
    });
  }

  function go(transfer: Transfer, [stop, ...rest]: readonly Stop[]): void {
    if (stop === undefined) return;
    const [status, stays] = stop;
    enter(transfer, status);
    if (stays !== null) later(transfer, stays, () => go(transfer, rest));
  }

  /** Does what the status means, and says it. */
  function enter(transfer: Transfer, status: string, refundCents?: bigint): boolean {
    switch (status) {
      case 'payment_processed':
        return pay(transfer);
      case 'canceled':
      case 'refund_processed':
        return giveBack(transfer, status, refundCents);
      default:
        set(transfer, status);
        return true;
    }
  }

  function pay(transfer: Transfer): boolean {
    if (transfer.paidBy !== null) return false;
    const { payoutMicros, rail, wallet } = transfer;
    const payout = byWeight(world, options.payouts);
    const part = BigInt(random.between(1, Number(payoutMicros / 2n)));
    const micros = {
      quoted: payoutMicros,
      elsewhere: payoutMicros,
      less: payoutMicros - part,
      more: payoutMicros + part,
    }[payout];
    const others = rails.filter((one) => one !== rail);
    const network = payout === 'elsewhere' && others.length > 0 ? random.pick(others) : rail;
    const { ok = true, txHash, logIndex } = mint(network, micros, wallet.address);
    if (!ok) {
      // The token is paused, or does not serve this address: whoever pays tries again.
      later(transfer, [minute, minute], () => pay(transfer));
      return true;
    }
    transfer.paidBy = txHash;
    const how = byWeight(world, options.confirmations);
    const eventIdx = how === 'without-index' ? null : logIndex;
    const shownMicros = byWeight(world, options.payoutShown) === 'paid' ? micros : payoutMicros;
    const said = (): void => {
      transfer.shownMicros = shownMicros;
      if (how !== 'late' && how !== 'never')
        transfer.confirmation = { network, hash: txHash, eventIdx };
      set(transfer, 'payment_processed');
      if (how !== 'late') return;
      later(transfer, options.fundingMs, () => {
        transfer.confirmation = { network, hash: txHash, eventIdx };
        keep(transfer);
      });
    };
    const unsaidMs = within(world, options.paidUnsaidMs);
    if (unsaidMs === 0) said();
    else later(transfer, [unsaidMs, unsaidMs], said);
    return true;
  }

  function giveBack(transfer: Transfer, status: string, cents?: bigint): boolean {
    if (transfer.refundedCents > 0n) return false;
    if (transfer.consumed) {
      const { sourceCents } = transfer;
      const less = byWeight(world, options.refunds) === 'less';
      transfer.refundedCents =
        cents ??
        (less ? sourceCents - BigInt(random.between(1, Number(sourceCents) - 1)) : sourceCents);
      if (byWeight(world, options.refundShown) === 'yes')
        transfer.shownRefundCents = transfer.refundedCents;
    }
    set(transfer, status);
    return true;
  }

  function fund(transfer: Transfer, wireId: string | null = null): boolean {
    if (transfer.consumed || transfer.status !== 'awaiting_funds') return false;
    transfer.consumed = true;
    transfer.wireId = wireId;
    set(transfer, 'funds_received');
    const way = byWeight(world, options.ways);
    later(transfer, [0, 2_000], () => go(transfer, transferCourses[way]));
    return true;
  }

  return { keep, set, later, go, enter, fund };
}
