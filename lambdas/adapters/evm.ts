/** An EVM chain over JSON-RPC: what it says about our payouts, and handing it bytes. */
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  domainSeparator,
  http,
  type PublicClient,
} from 'viem';
import { UnavailableError } from '../core/errors.ts';
import type { Instant } from '../core/ids.ts';
import { callTimeoutMs } from '../core/limits.ts';
import { networkSettings, usdcDecimals } from '../core/networks.ts';
import type { Chain, Refusal, SendReply } from '../core/ports.ts';
import type { Address, Network } from '../core/withdrawal.ts';
import { usdcAbi } from './evm-abi.ts';
import { readAuthorizations } from './evm-logs.ts';

export type EvmConfig = {
  network: Network;
  rpcUrl: string;
  token: Address;
  treasury: Address;
  finalityMs?: number;
};

/** A chain whose identity was read from it and checked, with the EIP-712 domain of its token. */
export type EvmChain = Chain & { domain: TokenDomain };
export type TokenDomain = {
  name: string;
  version: string;
  chainId: number;
  verifyingContract: Address;
};

/** Reads chain id, decimals and domain, and refuses a token that is not what a payout is signed for. */
export async function connectEvm(config: EvmConfig): Promise<EvmChain> {
  const { network, token, treasury } = config;
  const client = createPublicClient({
    // One attempt: retrying is the queue's work, and `eth_sendRawTransaction` must not be repeated behind our back.
    transport: http(config.rpcUrl, { retryCount: 0, timeout: callTimeoutMs, batch: true }),
    cacheTime: 0,
  });
  const contract = { address: token, abi: usdcAbi } as const;
  const domain = await identify(client, config);

  return {
    network,
    chainId: domain.chainId,
    token,
    treasury,
    finalityMs: config.finalityMs ?? networkSettings[network].finalityMs,
    domain,
    head: () =>
      answered(network, async () => {
        const [latest, final] = await Promise.all([
          client.getBlock({ blockTag: 'latest' }),
          client.getBlock({ blockTag: networkSettings[network].finality }),
        ]);
        return {
          latest: Number(latest.number),
          latestAt: (Number(latest.timestamp) * 1_000) as Instant,
          final: Number(final.number),
        };
      }),
    authorizations: (nonces, from, to) =>
      answered(network, () => readAuthorizations(client, token, treasury, nonces, from, to)),
    spent: (nonces) =>
      answered(network, async () => {
        const states = await Promise.all(
          nonces.map((nonce) =>
            client.readContract({
              ...contract,
              functionName: 'authorizationState',
              args: [treasury, nonce],
            }),
          ),
        );
        return new Set(nonces.filter((_, index) => states[index]));
      }),
    treasuryBalance: () =>
      answered(network, () =>
        client.readContract({ ...contract, functionName: 'balanceOf', args: [treasury] }),
      ),
    refusal: (to, value) =>
      answered(network, async () => {
        try {
          await client.simulateContract({
            ...contract,
            functionName: 'transfer',
            args: [to, value],
            account: treasury,
          });
          return null;
        } catch (error) {
          return refusalFrom(error);
        }
      }),
    fees: () => answered(network, () => client.estimateFeesPerGas()),
    transactionCount: (address) =>
      answered(network, async () => {
        const [latest, pending] = await Promise.all([
          client.getTransactionCount({ address, blockTag: 'latest' }),
          client.getTransactionCount({ address, blockTag: 'pending' }),
        ]);
        return { latest, pending };
      }),
    send: async (raw) => {
      try {
        await client.sendRawTransaction({ serializedTransaction: raw });
        return 'accepted';
      } catch (error) {
        return replyFor(messageOf(error));
      }
    },
  };
}

/** Asks the chain who it is and the token what its signatures are made over. */
async function identify(client: PublicClient, config: EvmConfig): Promise<TokenDomain> {
  const { network, token } = config;
  const contract = { address: token, abi: usdcAbi } as const;
  const [chainId, decimals, separator, name, version] = await answered(network, () =>
    Promise.all([
      client.getChainId(),
      client.readContract({ ...contract, functionName: 'decimals' }),
      client.readContract({ ...contract, functionName: 'DOMAIN_SEPARATOR' }),
      client.readContract({ ...contract, functionName: 'name' }),
      client.readContract({ ...contract, functionName: 'version' }),
    ]),
  );
  const domain = { name, version, chainId, verifyingContract: token };
  const wrong = `EVM_TOKEN_${network.toUpperCase()} is not USDC as Circle deploys it:`;
  if (decimals !== usdcDecimals)
    throw new Error(`${wrong} it has ${decimals} decimals, not ${usdcDecimals}`);
  if (domainSeparator({ domain }) !== separator)
    throw new Error(
      `${wrong} its DOMAIN_SEPARATOR is not that of name "${name}", version "${version}", chain ${chainId}`,
    );
  return domain;
}

/** A question to the node: whatever goes wrong in asking it, nothing is decided by it. */
async function answered<T>(network: Network, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new UnavailableError(`${network}: ${messageOf(cause)}`, { cause });
  }
}

/** Reverts that lie with the treasury or the token's issuer, and pass without the recipient's doing. */
const passing = /paused|transfer amount exceeds balance/i;

/** A revert is the token's answer; anything else is the node's trouble and is thrown on. */
function refusalFrom(error: unknown): Refusal {
  const reverted =
    error instanceof BaseError
      ? error.walk((one) => one instanceof ContractFunctionRevertedError)
      : null;
  if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
  const message = reverted.reason ?? reverted.shortMessage;
  return { passing: passing.test(message), message };
}

/**
 * What nodes say when they do not take bytes, and what it means to us. Read top down; first match wins.
 * "already known" and "nonce too low" are opposite facts: the bytes are in the pool; the nonce is spent.
 */
const replies: readonly [RegExp, SendReply][] = [
  [/already known|already imported|already exists|(?<!un)known transaction/i, 'already-known'], // geth, anvil, besu, nethermind
  [/nonce (is )?too low|nonce has already been used|old nonce/i, 'nonce-used'], // geth, anvil, nethermind
  [
    /replacement (transaction|fee).*(underpriced|too low)|transaction underpriced|fee too low|max fee per gas less than/i,
    'underpriced',
  ], // geth, anvil, erigon
];

/** What is not recognised is `unknown`, and that is treated as "it may have been taken". */
export const replyFor = (message: string): SendReply =>
  replies.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';

/** viem's short message with what the node itself said (`details`). */
const messageOf = (error: unknown): string =>
  error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error);
