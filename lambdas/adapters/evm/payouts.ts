/** The Chain port on JSON-RPC: asks the token whether it would pay, and hands signed bytes to the node. */
import {
  BaseError,
  type Client,
  domainSeparator,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
} from 'viem';
import { getBalance, getBlock, getTransactionCount, readContract } from 'viem/actions';
import { ShutError } from '../../core/kernel/errors.ts';
import type { Address } from '../../core/kernel/networks.ts';
import { networkSettings, usdcDecimals } from '../../core/kernel/networks.ts';
import type { Refusal } from '../../core/payout/rail.ts';
import type { Chain } from '../../core/rails/evm/chain.ts';
import { gasLimitMax, gasMarginPercent, payoutGasLimit } from '../../core/rails/evm/limits.ts';
import { usdcAbi } from './abi.ts';
import { callOf, transferGas } from './calls.ts';
import { readFees } from './fees.ts';
import { openNode } from './node.ts';
import { replyFor } from './replies.ts';
import { reasonIn, revertIn, revertOf } from './reverts.ts';
import { type EvmConfig, messageOf, orUnavailable, spentOn, viewEvm } from './view.ts';

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
  const { client, send } = openNode(config);
  const contract = { address: token, abi: usdcAbi } as const;
  const view = await viewEvm(config, client);
  const domain = await identify(client, config, view.chainId);
  const spent = spentOn(client, token);
  return {
    ...view,
    domain,
    finalityMs: finalityMs ?? networkSettings[network].finalityMs,
    spent: (payer, nonces) => orUnavailable(network, () => spent(payer, nonces, 'latest')),
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
      orUnavailable(network, () => {
        const args = [to, value] as const;
        const data = encodeFunctionData({ abi: usdcAbi, functionName: 'transfer', args });
        return refusalOf(client, { from: treasury, to: token, data });
      }),
    fees: () => orUnavailable(network, () => readFees(client, network, config.maxFee)),
    transactionCount: (address) =>
      orUnavailable(network, () => getTransactionCount(client, { address, blockTag: 'latest' })),
    pendingCount: (address) =>
      orNull(() => getTransactionCount(client, { address, blockTag: 'pending' })),
    etherOf: (address) => orNull(() => getBalance(client, { address })),
    gasFor: async (from, payout) => {
      const usual = payout === null ? transferGas : payoutGasLimit;
      const call =
        payout === null
          ? { from, to: from }
          : { from, to: token, data: callOf(payout.authorization, payout.signature) };
      const params = [call];
      const asked = { method: 'eth_estimateGas', params } as never;
      const said: unknown = await orNull(() => client.request(asked));
      // Whoever does not estimate is offered what has always been enough; a node then says when it is not.
      if (typeof said !== 'string' || !/^0x[\da-f]{1,16}$/i.test(said)) return usual;
      const wanted = (hexToBigInt(said as Hex) * (100n + gasMarginPercent)) / 100n;
      if (wanted > gasLimitMax) return null;
      return wanted > usual && hexToBigInt(said as Hex) > transferGas ? wanted : usual;
    },
    send: async (raw, nonce = 0) => {
      try {
        await send(raw, nonce);
        return 'accepted';
      } catch (error) {
        const shut = error instanceof BaseError ? error.walk(isShut) : error;
        return isShut(shut) ? { keptBackUntil: shut.until } : replyFor(messageOf(error));
      }
    },
  };
}

const isShut = (error: unknown): error is ShutError => error instanceof ShutError;

/** What is not said is asked for another time, or is not needed. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
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

/** Why this call reverts; `null` when it does not. Throws what proves neither. */
async function refusalOf(
  client: Client,
  call: { from: Address; to: Address; data: Hex },
): Promise<Refusal | null> {
  const refused = (data: Hex): Refusal => {
    const message = reasonIn(data);
    return { passing: passing.test(message), message };
  };
  try {
    const result = await client.request({ method: 'eth_call', params: [call, 'latest'] });
    const data = revertIn(result);
    if (data !== null) return refused(data);
    // Without a contract there is no answer, and a token that says no says it in another way than by a revert.
    if (!/^0x0{63}1$/.test(result)) throw new Error(`the token answers ${result.slice(0, 74)}`);
    return null;
  } catch (error) {
    const data = revertOf(error);
    if (data === null) throw error;
    return refused(data);
  }
}
