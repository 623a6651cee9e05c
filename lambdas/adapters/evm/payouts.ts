/** The part of an EVM chain that payouts are made with: the token's own word on them, and handing the node bytes. */
import { BaseError, type Client, ContractFunctionRevertedError, domainSeparator } from 'viem';
import {
  estimateFeesPerGas,
  getTransactionCount,
  readContract,
  sendRawTransaction,
  simulateContract,
} from 'viem/actions';
import { tipMin } from '../../core/kernel/limits.ts';
import type { Address } from '../../core/kernel/networks.ts';
import { networkSettings, usdcDecimals } from '../../core/kernel/networks.ts';
import type { Refusal } from '../../core/payout/rail.ts';
import type { Fees } from '../../core/rails/evm/attempt.ts';
import type { Chain, SendReply } from '../../core/rails/evm/chain.ts';
import { usdcAbi } from './abi.ts';
import { answered, type EvmConfig, evmClient, messageOf, viewEvm } from './view.ts';

/** A chain whose token was checked, with the EIP-712 domain that its signatures are made over. */
export type EvmChain = Chain & { domain: TokenDomain };
export type TokenDomain = {
  name: string;
  version: string;
  chainId: number;
  verifyingContract: Address;
};

/** Reads the token's decimals and domain, and refuses one that is not what a payout is signed for. */
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
    spent: (nonces) =>
      answered(network, async () => {
        const states = await Promise.all(
          nonces.map((nonce) =>
            readContract(client, {
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
        readContract(client, { ...contract, functionName: 'balanceOf', args: [treasury] }),
      ),
    refusal: (to, value) =>
      answered(network, async () => {
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
    fees: () => answered(network, async () => withTip(await estimateFeesPerGas(client))),
    transactionCount: (address) =>
      answered(network, async () => {
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
        return replyFor(messageOf(error));
      }
    },
  };
}

/** viem's estimate has no tip at all when the node does not suggest one and its gas price is the base fee. */
function withTip({ maxFeePerGas, maxPriorityFeePerGas: tip }: Fees): Fees {
  const lacking = tip < tipMin ? tipMin - tip : 0n;
  return { maxFeePerGas: maxFeePerGas + lacking, maxPriorityFeePerGas: tip + lacking };
}

/** Asks the token what its signatures are made over. */
async function identify(
  client: Client,
  { network, token }: EvmConfig,
  chainId: number,
): Promise<TokenDomain> {
  const contract = { address: token, abi: usdcAbi } as const;
  const [decimals, separator, name, version] = await answered(network, () =>
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
  [/already ?known|already imported|already exists|(?<!un)known transaction/i, 'already-known'], // geth, anvil, besu, nethermind
  [/nonce (is )?too low|nonce has already been used|old ?nonce/i, 'nonce-used'], // geth, anvil, nethermind
  [
    /replacement (transaction|fee).*(underpriced|too low)|transaction underpriced|fee ?too ?low|max fee per gas less than|gas price below|gas tip cap \d+, minimum needed/i,
    'underpriced',
  ], // geth, anvil, erigon, nethermind, besu
  [/insufficient funds|InsufficientFunds|upfront cost exceeds/i, 'unfunded'], // geth, anvil, erigon, nethermind, besu
];

/** What is not recognised is `unknown`, and that is treated as "it may have been taken". */
export const replyFor = (message: string): SendReply =>
  replies.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
