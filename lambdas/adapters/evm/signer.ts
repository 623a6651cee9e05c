/** The Signer port over keys that sign a 32-byte digest: KMS keys or, for gas, secrets when deployed; private keys on one machine. */
import {
  keccak256,
  serializeSignature,
  serializeTransaction,
  type TransactionSerializableEIP1559,
} from 'viem';
import type { Authorization, Carrier } from '../../core/rails/evm/attempt.ts';
import type { Chain, Signer } from '../../core/rails/evm/chain.ts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';
import { payoutGasLimit, transferGas } from '../../core/rails/evm/limits.ts';
import { callOf, callOfAll } from './calls.ts';
import { digestOf } from './digest.ts';
import type { EvmChain } from './payouts.ts';

/** One key. Its signature has a low s (EIP-2) and recovers to its address. */
export type DigestSigner = {
  address: Address;
  sign(digest: Hex): Promise<{ r: Hex; s: Hex; yParity: 0 | 1 }>;
};

/** `former` are the keys of treasuries that signed before: they cancel, and pay nothing. Throws when a carrier has an address that no key has. */
export function evmSigner(
  treasury: DigestSigner,
  gas: readonly DigestSigner[],
  former: readonly DigestSigner[] = [],
): Signer {
  const keyOf = ({ from, ends }: Authorization): DigestSigner | undefined =>
    [treasury, ...(ends ? former : [])].find(({ address }) => address.toLowerCase() === from);
  const carrierKey = (address: Address): DigestSigner => {
    const key = gas.find((one) => one.address === address);
    if (key === undefined) throw new Error(`there is no key of gas lane ${address}`);
    return key;
  };
  return {
    lanes: async () => gas.map(({ address }) => address),
    signs: (authorization) => keyOf(authorization) !== undefined,
    authorize: async (chain, authorization) => {
      const key = keyOf(authorization);
      if (key === undefined) throw new Error(`there is no key of payer ${authorization.from}`);
      const { domainSeparator } = chain as EvmChain;
      return serializeSignature(await key.sign(digestOf(domainSeparator, authorization)));
    },
    carry: async (chain, carrier, authorization, signature) =>
      signTransaction(carrierKey(carrier.from), {
        ...envelope(chain, carrier),
        to: chain.token,
        gas: carrier.gas ?? payoutGasLimit,
        data: callOf(authorization, signature),
      }),
    carryAll: async (chain, { gas, ...carrier }, contract, members) =>
      signTransaction(carrierKey(carrier.from), {
        ...envelope(chain, carrier),
        to: contract,
        gas: gas ?? payoutGasLimit * BigInt(members.length),
        data: callOfAll(chain.token, members),
      }),
    fill: async (chain, carrier) =>
      signTransaction(carrierKey(carrier.from), {
        ...envelope(chain, carrier),
        to: carrier.from,
        gas: carrier.gas ?? transferGas,
      }),
  };
}

export async function signTransaction(
  key: DigestSigner,
  transaction: TransactionSerializableEIP1559,
): Promise<{ raw: Hex; hash: Hex }> {
  const signature = await key.sign(keccak256(serializeTransaction(transaction)));
  const raw = serializeTransaction(transaction, signature);
  return { raw, hash: keccak256(raw) };
}

export const envelope = (chain: Pick<Chain, 'chainId'>, { nonce, fees }: Carrier) => {
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  const offered = { maxFeePerGas, maxPriorityFeePerGas };
  return { type: 'eip1559', chainId: chain.chainId, nonce, value: 0n, ...offered } as const;
};
