/** The EtherChain port on JSON-RPC: what became of the treasury's nonces, and handing its transactions to the node. */
import { type Client, hexToBigInt, numberToHex } from 'viem';
import { getBalance, getTransactionCount } from 'viem/actions';
import { networkSettings } from '../../core/kernel/networks.ts';
import type { Refusal } from '../../core/payout/rail.ts';
import type { EtherChain, EtherView } from '../../core/rails/ether/chain.ts';
import { receiverGasMax } from '../../core/rails/ether/limits.ts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';
import { gasLimitMax, gasMarginPercent, transferGas } from '../../core/rails/evm/limits.ts';
import { countAt, receiptOf, spenderOf } from './ether-mined.ts';
import { readFees } from './fees.ts';
import { finalBalanceOn } from './final-balance.ts';
import { openNode } from './node.ts';
import { offering } from './offering.ts';
import { revertOf } from './reverts.ts';
import { type EvmConfig, headOf, identified, messageOf, orUnavailable } from './view.ts';

/** Reads the chain's id once and everything else anew each time. Throws UnavailableError without an answer. */
export async function viewEther(
  config: EvmConfig,
  client = openNode(config).client,
): Promise<EtherView> {
  const { network, treasury } = config;
  const chainId = await identified(config, client);
  return {
    network,
    chainId,
    treasury,
    head: headOf(config, client, chainId),
    countAt: (address, height) => orUnavailable(network, () => countAt(client, address, height)),
    receipt: (hash) => orUnavailable(network, () => receiptOf(client, hash)),
    spender: (address, nonce, from, to) =>
      orUnavailable(network, () => spenderOf(client, address, nonce, from, to)),
  };
}

/** Connects to a chain whose coin is paid out. Throws UnavailableError without an answer. */
export async function connectEther(config: EvmConfig, finalityMs?: number): Promise<EtherChain> {
  const { network } = config;
  const { client, send } = openNode(config);
  return {
    ...(await viewEther(config, client)),
    token: 'ETH',
    finalityMs: finalityMs ?? networkSettings[network].finalityMs,
    finalBalance: (address) =>
      finalBalanceOn(config, client, (blockNumber) =>
        getBalance(client, { address, ...(blockNumber === undefined ? {} : { blockNumber }) }),
      ),
    fees: () => orUnavailable(network, () => readFees(client, network, config.maxFee)),
    transactionCount: (address) =>
      orUnavailable(network, () => getTransactionCount(client, { address, blockTag: 'latest' })),
    refusal: (payer, to, value) =>
      orUnavailable(network, () => refusalOf(client, payer, to, value)),
    gasFor: async (from, to, value) => {
      const said = await gasOf(client, from, to, value);
      // Whoever does not estimate is offered what a plain transfer needs; a node then says when it is not enough.
      const gas = said.is === 'gas' ? withMargin(said.gas) : transferGas;
      return gas > gasLimitMax ? null : gas;
    },
    send: offering(send),
  };
}

/** A plain transfer needs what it needs; whatever runs besides may need more in the block that it comes into. */
const withMargin = (gas: bigint): bigint =>
  gas <= transferGas ? transferGas : (gas * (100n + gasMarginPercent)) / 100n;

type Gas = { is: 'gas'; gas: bigint } | { is: 'reverts' | 'short' | 'unsaid' };

/** What a node reckons that this transfer needs, or what it says instead. */
async function gasOf(client: Client, from: Address, to: Address, value: bigint): Promise<Gas> {
  const params = [{ from, to, value: numberToHex(value) }];
  try {
    const said: unknown = await client.request({ method: 'eth_estimateGas', params } as never);
    return typeof said === 'string' && /^0x[\da-f]{1,16}$/i.test(said)
      ? { is: 'gas', gas: hexToBigInt(said as Hex) }
      : { is: 'unsaid' };
  } catch (error) {
    const words = messageOf(error);
    if (/insufficient ?(funds|balance)|not enough (funds|balance)|overdraft/i.test(words))
      return { is: 'short' };
    // A contract that takes no ether gives no data back, and then there are only words (geth, core/vm/errors.go and
    // eth/gasestimator). One that uses up all that there is takes it no more than that.
    const isRefused = /\brevert|invalid opcode|gas required exceeds|out of ?gas/i.test(words);
    if (revertOf(error) !== null || isRefused) return { is: 'reverts' };
    return { is: 'unsaid' };
  }
}

/**
 * Why a transfer would not come about; `null`: it would, as far as the node says. Nothing is signed yet, so it is no proof that is
 * needed here: whoever is refused wrongly is tried again, and whoever fails on chain has proof that it was not paid.
 */
async function refusalOf(
  client: Client,
  payer: Address,
  to: Address,
  value: bigint,
): Promise<Refusal | null> {
  const said = await gasOf(client, payer, to, value);
  switch (said.is) {
    case 'reverts':
      return { by: 'payee', why: 'receiver' };
    case 'short':
      return { by: 'us', waits: 'treasury-short' };
    case 'unsaid':
      return null;
    case 'gas': {
      if (said.gas <= receiverGasMax) return null;
      // On some chains every transaction needs more gas at times, and then it is not for the destination.
      const own = await gasOf(client, payer, payer, 0n);
      const plain = own.is === 'gas' ? own.gas : transferGas;
      return said.gas - plain > receiverGasMax ? { by: 'payee', why: 'receiver' } : null;
    }
    default:
      return said satisfies never;
  }
}
