/** The Chain port on JSON-RPC: asks the token whether it would pay, and hands signed bytes to the node. */
import {
  type Client,
  domainSeparator,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  prepareEncodeFunctionData,
} from 'viem';
import { getBalance, getBlock, getCode, getTransactionCount, readContract } from 'viem/actions';
import { SettingError } from '../../core/kernel/errors.ts';
import { networkSettings, usdcDecimals } from '../../core/kernel/networks.ts';
import type { Refusal } from '../../core/payout/rail.ts';
import type { Chain } from '../../core/rails/evm/chain.ts';
import type { Address } from '../../core/rails/evm/hex.ts';
import {
  gasLimitMax,
  gasMarginPercent,
  payoutGasLimit,
  transferGas,
} from '../../core/rails/evm/limits.ts';
import { usdcAbi } from './abi.ts';
import { callOf } from './calls.ts';
import { payoutContractAt } from './contract.ts';
import { readFees } from './fees.ts';
import { finalBalanceOn } from './final-balance.ts';
import { openNode } from './node.ts';
import { offering } from './offering.ts';
import { revertIn, revertOf } from './reverts.ts';
import { type EvmConfig, noToken, orUnavailable, spentOn, viewEvm } from './view.ts';

/** A chain whose token was checked, with the hash of the EIP-712 domain that its signatures are made over. */
export type EvmChain = Chain & { domainSeparator: Hex };

const transfer = prepareEncodeFunctionData({ abi: usdcAbi, functionName: 'transfer' });

/** Connects to a chain. Throws when the token is not USDC as payouts are signed for it; UnavailableError without an answer. */
export async function connectEvm(config: EvmConfig, finalityMs?: number): Promise<EvmChain> {
  const { network, token } = config;
  const { finality } = networkSettings[network];
  const { client, send } = openNode(config);
  const contract = { address: token, abi: usdcAbi } as const;
  const view = await viewEvm(config, client);
  const separator = await identify(client, config, view.chainId);
  const spent = spentOn(client, token);
  const contractState = payoutContractAt(client, config.payoutContract);
  return {
    ...view,
    domainSeparator: separator,
    finalityMs: finalityMs ?? networkSettings[network].finalityMs,
    spent: (payer, nonces) => orUnavailable(network, () => spent(payer, nonces, 'latest')),
    isDead: ({ from, nonce, validBefore }) =>
      orUnavailable(network, async () => {
        // Both are read of one block, so that neither can be of a time before the other.
        const { number, timestamp } = await getBlock(client, {
          blockTag: finality,
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
    finalBalance: (payer) =>
      finalBalanceOn(config, client, (blockNumber) =>
        readContract(client, {
          ...{ ...contract, functionName: 'balanceOf', args: [payer] },
          ...(blockNumber === undefined ? {} : { blockNumber }),
        }),
      ),
    refusal: (payer, to, value) =>
      orUnavailable(network, () => refusalOf(client, token, payer, to, value)),
    takes: (from, { authorization, signature }) =>
      orUnavailable(network, async () => {
        const call = { from, to: token, data: callOf(authorization, signature) };
        return (await revertDataOf(client, call, /^0x$/)) === null;
      }),
    payoutContract: () => orUnavailable(network, contractState),
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
    send: offering(send),
  };
}

/** What is not said is asked for another time, or is not needed. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
}

/** Reads the hash of the token's EIP-712 domain. Throws when decimals or DOMAIN_SEPARATOR are not those of USDC with that domain. */
async function identify(
  client: Client,
  { network, token }: EvmConfig,
  chainId: number,
): Promise<Hex> {
  const contract = { address: token, abi: usdcAbi } as const;
  const said = await orUnavailable(network, async () => {
    const code = await getCode(client, { address: token });
    // The questions below would be answered with nothing, as by a node that does not answer.
    if (code === undefined) return null;
    return Promise.all([
      readContract(client, { ...contract, functionName: 'decimals' }),
      readContract(client, { ...contract, functionName: 'DOMAIN_SEPARATOR' }),
      readContract(client, { ...contract, functionName: 'name' }),
      readContract(client, { ...contract, functionName: 'version' }),
    ]);
  });
  if (said === null) throw noToken(network);
  const [decimals, separator, name, version] = said;
  const domain = { name, version, chainId, verifyingContract: token };
  const wrong = `EVM_TOKEN_${network.toUpperCase()} is not USDC as Circle deploys it:`;
  if (decimals !== usdcDecimals)
    throw new SettingError(`${wrong} it has ${decimals} decimals, not ${usdcDecimals}`);
  if (domainSeparator({ domain }) !== separator)
    throw new SettingError(
      `${wrong} its DOMAIN_SEPARATOR is not that of name "${name}", version "${version}", chain ${chainId}`,
    );
  return separator;
}

/**
 * Why a transfer would not come about; `null`: it would. Whose fault a revert is, its words do not say (the token has the same for
 * a payer and a payee that are frozen): if the payer cannot even pay itself, it is not the payee's.
 */
async function refusalOf(
  client: Client,
  token: Address,
  payer: Address,
  to: Address,
  value: bigint,
): Promise<Refusal | null> {
  const wouldPay = async (receiver: Address): Promise<boolean> => {
    const args = [receiver, value] as const;
    const data = encodeFunctionData({ ...transfer, args });
    // Without a contract there is no answer, and a token that says no says it in another way than by a revert.
    return (await revertDataOf(client, { from: payer, to: token, data }, /^0x0{63}1$/)) === null;
  };
  if (await wouldPay(to)) return null;
  // Asked once more, for what lay with us may have ended in between.
  if (await wouldPay(payer)) return (await wouldPay(to)) ? null : { by: 'payee' };
  const contract = { address: token, abi: usdcAbi } as const;
  const held = await orNull(() =>
    readContract(client, { ...contract, functionName: 'balanceOf', args: [payer] }),
  );
  const isShort = held !== null && held < value;
  return { by: 'us', waits: isShort ? 'treasury-short' : 'transfers-refused' };
}

/** The data with which this call reverts; `null`: it answers as expected. Throws what proves neither. */
async function revertDataOf(
  client: Client,
  call: { from: Address; to: Address; data: Hex },
  expected: RegExp,
): Promise<Hex | null> {
  try {
    const result = await client.request({ method: 'eth_call', params: [call, 'latest'] });
    const data = revertIn(result);
    if (data === null && !expected.test(result))
      throw new Error(`the token answers ${result.slice(0, 74)}`);
    return data;
  } catch (error) {
    const data = revertOf(error);
    if (data === null) throw error;
    return data;
  }
}
