/** The ChainView and PayoutRecord ports on JSON-RPC: what an EVM chain says became of our payouts. */
import { BaseError, type Client, createClient, http } from 'viem';
import { getBlock, getChainId } from 'viem/actions';
import type { Pass } from '../../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../../core/breakers/names.ts';
import { UnavailableError } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';
import type { Address, Network } from '../../core/kernel/networks.ts';
import { networkSettings } from '../../core/kernel/networks.ts';
import { withoutUrls } from '../../core/kernel/redact.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { ChainView } from '../../core/rails/evm/chain.ts';
import { payoutNonce } from '../../core/rails/evm/nonce.ts';
import type { PayoutRecord } from '../../core/reconcile/run.ts';
import { readAuthorizations, readIncoming, readOutgoing } from './logs.ts';

export type EvmConfig = {
  network: Network;
  rpcUrl: string;
  token: Address;
  treasury: Address;
  /** The circuit breakers that each request passes; without it there are none. */
  pass?: Pass;
};

/** A client that never retries: queues retry work, and a send must not be repeated without a record of it. */
export const evmClient = ({ rpcUrl, network, pass }: EvmConfig): Client => {
  const once = { retryCount: 0, timeout: callTimeoutMs, batch: true };
  const fetchFn: typeof fetch = (input, init) => {
    const sends = String(init?.body).includes('"eth_sendRawTransaction"');
    const operation = sends ? sendingTo(network) : readingFrom(network);
    // A refusal, by JSON-RPC or by a 4xx, is a sign of health.
    return pass === undefined
      ? fetch(input, init)
      : pass(
          operation,
          () => fetch(input, init),
          ({ status }) => status < 500,
        );
  };
  return createClient({ transport: http(rpcUrl, { ...once, fetchFn }), cacheTime: 0 });
};

/** Reads the chain's id once and everything else anew each time. Throws UnavailableError without an answer. */
export async function viewEvm(config: EvmConfig, client = evmClient(config)): Promise<ChainView> {
  const { network, token, treasury } = config;
  const chainId = await orUnavailable(network, () => getChainId(client));
  return {
    network,
    chainId,
    token,
    treasury,
    head: () =>
      orUnavailable(network, async () => {
        const [latest, final] = await Promise.all([
          getBlock(client, { blockTag: 'latest' }),
          getBlock(client, { blockTag: networkSettings[network].finality }),
        ]);
        return {
          latest: Number(latest.number),
          latestAt: (Number(latest.timestamp) * 1_000) as Instant,
          final: Number(final.number),
        };
      }),
    authorizations: (payer, nonces, from, to) =>
      orUnavailable(network, () => readAuthorizations(client, token, payer, nonces, from, to)),
  };
}

/** The chain's record of all that the treasury paid and received. Throws UnavailableError like the view. */
export async function recordEvm(config: EvmConfig): Promise<PayoutRecord> {
  const { network, token, treasury } = config;
  const client = evmClient(config);
  const view = await viewEvm(config, client);
  const isSince = async (number: number, at: Instant): Promise<boolean> => {
    const { timestamp } = await getBlock(client, { blockNumber: BigInt(number) });
    return Number(timestamp) * 1_000 >= at;
  };
  const { head, chainId } = view;
  return {
    network,
    treasury,
    head,
    keyOf: (id) => payoutNonce(chainId, token, id),
    outgoing: (payer, from, to) =>
      orUnavailable(network, () => readOutgoing(client, token, payer, from, to)),
    incoming: (receiver, from, to) =>
      orUnavailable(network, () => readIncoming(client, token, receiver, from, to)),
    firstBlockSince: (at, head) =>
      orUnavailable(network, async () => {
        let [before, since] = [-1, head + 1];
        while (since - before > 1) {
          const middle = Math.floor((before + since) / 2);
          if (await isSince(middle, at)) since = middle;
          else before = middle;
        }
        return since;
      }),
  };
}

/** Asks the node, and turns every error into UnavailableError: nothing is decided without its answer. */
export async function orUnavailable<T>(network: Network, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new UnavailableError(`${network}: ${messageOf(cause)}`, { cause });
  }
}

/** viem's short message, with the node's own words (`details`). */
export const messageOf = (error: unknown): string =>
  withoutUrls(
    error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error),
  );
