/** 2-journal, rung for a wallet. */
import type { BrokerageWorld } from '../brokerage/world.ts';
import type { TurnsWorld } from '../effect/turns.ts';
import type { WalletId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { isAtBrokerage } from '../ledger/wallet.ts';
import { debitAtBrokerage } from './debit-at-brokerage.ts';
import { untilRipe } from './inbox.ts';

export const makeDebitAtBrokerage =
  (world: BrokerageWorld & TurnsWorld) =>
  /** For a wallet at the brokerage; what waits for others is 2-debit's. */
  async (walletId: WalletId, rungAt: Instant): Promise<'done' | 'unfinished'> => {
    await untilRipe(world.clock, rungAt);
    const found = await world.store.wallet(walletId);
    if (found === null) throw new Error(`operations without their wallet ${walletId}`);
    return isAtBrokerage(found.wallet) ? debitAtBrokerage(world, found.wallet) : 'done';
  };
