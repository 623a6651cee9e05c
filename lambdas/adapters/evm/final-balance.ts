/** What an account finally has, of a token or of the chain's coin. */
import { BaseError, type Client, RpcRequestError } from 'viem';
import { getBlock } from 'viem/actions';
import { type EvmNetwork, networkSettings } from '../../core/kernel/networks.ts';
import { orUnavailable } from './view.ts';

/** `held` reads it at a block, or at the newest one. */
export const finalBalanceOn = (
  { network }: { network: EvmNetwork },
  client: Client,
  held: (blockNumber?: bigint) => Promise<bigint>,
): Promise<{ balance: bigint; height: number }> =>
  orUnavailable(network, async () => {
    const { number } = await getBlock(client, { blockTag: networkSettings[network].finality });
    // Many nodes keep the state of the newest blocks only. What has come in since is then counted, too.
    const balance = await held(number).catch((error: unknown) => {
      // Only who has answered, and has not that state any more, is asked for the newest.
      const said =
        error instanceof BaseError && error.walk((one) => one instanceof RpcRequestError);
      if (!said) throw error;
      return held();
    });
    return { balance, height: Number(number) };
  });
