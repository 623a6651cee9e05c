/** The Chain port on JSON-RPC: asks the token whether it would pay, and hands signed bytes to the node. */
import { BaseError, type Client, ContractFunctionRevertedError, domainSeparator } from 'viem';
import {
  estimateFeesPerGas,
  getBlock,
  getTransactionCount,
  readContract,
  sendRawTransaction,
  simulateContract,
} from 'viem/actions';
import { ShutError } from '../../core/kernel/errors.ts';
import type { Address } from '../../core/kernel/networks.ts';
import { networkSettings, usdcDecimals } from '../../core/kernel/networks.ts';
import type { Refusal } from '../../core/payout/rail.ts';
import type { Fees } from '../../core/rails/evm/attempt.ts';
import type { Chain, NodeReply } from '../../core/rails/evm/chain.ts';
import { tipMin } from '../../core/rails/evm/limits.ts';
import { usdcAbi } from './abi.ts';
import { type EvmConfig, evmClient, messageOf, orUnavailable, viewEvm } from './view.ts';

/** A chain whose token was checked, with the EIP-712 domain that its signatures are made over. */
export type EvmChain = Chain & { domain: TokenDomain };
export type TokenDomain = {
  name: string;
  version: string;
  chainId: number;
  verifyingContract: Address;
};

/** Connects to a chain. Throws when the token is not USDC as payouts are signed for it; UnavailableError without an answer. */
export async function connectEvm(config: EvmConfig, finalityMs?: number): Promise<EvmChain> {
  const { network, token, treasury } = config;
  const client = evmClient(config);
  const contract = { address: token, abi: usdcAbi } as const;
  const view = await viewEvm(config, client);
  const domain = await identify(client, config, view.chainId);
  return {
    ...view,
    domain,
    finalityMs: finalityMs ?? networkSettings[network].finalityMs,
    spent: (payer, nonces) =>
      orUnavailable(network, async () => {
        const states = await Promise.all(
          nonces.map((nonce) =>
            readContract(client, {
              ...contract,
              functionName: 'authorizationState',
              args: [payer, nonce],
            }),
          ),
        );
        return new Set(nonces.filter((_, index) => states[index]));
      }),
    isDead: ({ from, nonce, validBefore }) =>
      orUnavailable(network, async () => {
        // Both are read of one block, so that neither can be of a time before the other.
        const { number, timestamp } = await getBlock(client, {
          blockTag: networkSettings[network].finality,
        });
        if (timestamp <= BigInt(validBefore)) return false;
        const isUsed = await readContract(client, {
          ...contract,
          functionName: 'authorizationState',
          args: [from, nonce],
          blockNumber: number,
        });
        return !isUsed;
      }),
    treasuryBalance: () =>
      orUnavailable(network, () =>
        readContract(client, { ...contract, functionName: 'balanceOf', args: [treasury] }),
      ),
    refusal: (to, value) =>
      orUnavailable(network, async () => {
        try {
          await simulateContract(client, {
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
    fees: () => orUnavailable(network, async () => withTip(await estimateFeesPerGas(client))),
    transactionCount: (address) =>
      orUnavailable(network, async () => {
        const [latest, pending] = await Promise.all([
          getTransactionCount(client, { address, blockTag: 'latest' }),
          getTransactionCount(client, { address, blockTag: 'pending' }),
        ]);
        return { latest, pending };
      }),
    send: async (raw) => {
      try {
        await sendRawTransaction(client, { serializedTransaction: raw });
        return 'accepted';
      } catch (error) {
        const shut = error instanceof BaseError ? error.walk(isShut) : error;
        return isShut(shut) ? { keptBackUntil: shut.until } : replyFor(messageOf(error));
      }
    },
  };
}

const isShut = (error: unknown): error is ShutError => error instanceof ShutError;

/** Raises the tip to `tipMin`: viem estimates 0 where the node suggests no tip and its gas price is the base fee. */
function withTip({ maxFeePerGas, maxPriorityFeePerGas: tip }: Fees): Fees {
  const lacking = tip < tipMin ? tipMin - tip : 0n;
  return { maxFeePerGas: maxFeePerGas + lacking, maxPriorityFeePerGas: tip + lacking };
}

/** Reads the token's EIP-712 domain. Throws when decimals or DOMAIN_SEPARATOR are not those of USDC with that domain. */
async function identify(
  client: Client,
  { network, token }: EvmConfig,
  chainId: number,
): Promise<TokenDomain> {
  const contract = { address: token, abi: usdcAbi } as const;
  const [decimals, separator, name, version] = await orUnavailable(network, () =>
    Promise.all([
      readContract(client, { ...contract, functionName: 'decimals' }),
      readContract(client, { ...contract, functionName: 'DOMAIN_SEPARATOR' }),
      readContract(client, { ...contract, functionName: 'name' }),
      readContract(client, { ...contract, functionName: 'version' }),
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

/** The token's reverts that the treasury or the issuer causes and the recipient cannot: they pass. */
const passing = /paused|transfer amount exceeds balance/i;

/** The refusal in an error. Only a revert is the token's answer; any other error is the node's and is thrown again. */
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
 * What nodes say when they do not take bytes, and what it means to us; the first match wins. "Already known" and "nonce too
 * low" are opposite facts: the first says that the bytes are in the pool, the second that the nonce is spent.
 */
const replies: readonly [RegExp, NodeReply][] = [
  [/already ?known|already imported|already exists|(?<!un)known transaction/i, 'already-known'], // geth, anvil, besu, nethermind
  [/nonce (is )?too low|nonce has already been used|old ?nonce/i, 'nonce-used'], // geth, anvil, nethermind
  [
    /replacement (transaction|fee).*(underpriced|too low)|transaction underpriced|fee ?too ?low|max fee per gas less than|gas price below|gas tip cap \d+, minimum needed/i,
    'underpriced',
  ], // geth, anvil, erigon, nethermind, besu
  [/insufficient funds|InsufficientFunds|upfront cost exceeds/i, 'unfunded'], // geth, anvil, erigon, nethermind, besu
];

/** What a node's error message means. Any other message is `unknown`: the bytes may have been taken. */
export const replyFor = (message: string): NodeReply =>
  replies.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
