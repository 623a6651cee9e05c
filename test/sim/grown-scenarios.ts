/** A wallet that was busy once, so that its inbox and the list of its withdrawals are in several parts, each an index of its own to be late. */
import type { Cast, Wallet } from './cast.ts';
import { never, type Scenario } from './scenario.ts';

const many = 6;

/** All that the list of the wallet's withdrawals has, page after page, newest first. */
async function listOf({ client, id: walletId }: Wallet): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { walletId, limit: '2', ...(cursor && { cursor }) };
    const { body } = await client.call('listWithdrawals', { query });
    ids.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
    cursor = body['nextCursor'] as string | null;
  } while (cursor !== null);
  return ids;
}

const turn = ({ client, id }: Wallet, status: string) =>
  client.call('updateWallet', { path: { walletId: id }, body: { status } });

export const grownScenarios: readonly Scenario[] = [
  {
    // Nothing is rung for by its name when a wallet is ACTIVE again: what waits is found in the parts of the list, or too late.
    name: 'a wallet in parts',
    where: never,
    play: async (cast: Cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '900.00');
      await cast.wait(5_000);
      cast.grow(wallet, 'inboxShards', 8);
      cast.grow(wallet, 'listShards', 2);
      cast.begin();
      for (const key of ['second', 'third']) {
        const body = { type: 'CREDIT', amount: '10.00' };
        const sent = { path: { walletId: wallet.id }, body, key };
        const { status } = await wallet.client.call('createWalletTransaction', sent);
        if (status !== 202) throw new Error(`credit: ${status}`);
      }
      await cast.wait(5_000);
      // Its writer has read two parts by now.
      cast.grow(wallet, 'listShards', 8);
      const ids: string[] = [];
      for (let key = 0; key < many; key += 1) {
        const wanted = { amount: '50.00', key: `order-${key}`, ends: ['settled'] };
        ids.unshift(await cast.withdraw(wallet, wanted));
        await cast.wait(2);
      }
      await turn(wallet, 'SUSPENDED');
      await cast.wait(10_000);
      if (ids.some((id) => cast.stage.stages.get(id) !== 'requested'))
        throw new Error('the wallet was suspended too late for this scenario');
      await turn(wallet, 'ACTIVE');
      await cast.wait(10_000);
      const listed = await listOf(wallet);
      if (listed.join() !== ids.join()) throw new Error(`${ids} were made, and ${listed} listed`);
    },
  },
];
