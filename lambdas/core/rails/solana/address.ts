/** Solana addresses that may be paid to: the public key of somebody's wallet. */
import { ed25519 } from '@noble/curves/ed25519';
import { base58 } from '@scure/base';
import type { CheckedAddress } from '../../kernel/networks.ts';

/** 32 bytes in the alphabet of Bitcoin, without 0, I, O and l. */
const pattern = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/**
 * Tokens, and accounts of their issuers: money paid to one of them is gone, though many are on the curve as a wallet is.
 * Circle, "USDC contract addresses" and "EURC contract addresses", and its posts on pre-mint addresses ("will result in a
 * loss of funds"); Tether, "Supported protocols"; Paxos for PYUSD; the crates spl-token and spl-token-2022 for wrapped SOL.
 */
const tokens = new Set([
  'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', // USDC
  '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU', // USDC on devnet
  'FSxJ85FXVsXSr51SeWf9ciJWTcRnqKFSmBgRDeL3KyWw', // USDC, pre-mint
  '6xTBTqJMBr5m7BKqVxmW2x11DfqUwtD3TJsqpxELx72L', // USDC, pre-mint
  'HzwqbKZw8HxMN6bF2yFZNrht3c2iXXzpKcFu7uBEDKtr', // EURC
  'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB', // USDT
  '2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo', // PYUSD
  'So11111111111111111111111111111111111111112', // wrapped SOL
  '9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXejP', // wrapped SOL of Token-2022
]);

/** Programs and sysvars (github.com/anza-xyz/solana-sdk, sdk-ids/src/lib.rs), and the programs of the SPL. */
const programs = new Set([
  '11111111111111111111111111111111', // System
  'AddressLookupTab1e1111111111111111111111111',
  'BPFLoader1111111111111111111111111111111111',
  'BPFLoader2111111111111111111111111111111111',
  'BPFLoaderUpgradeab1e11111111111111111111111',
  'ComputeBudget111111111111111111111111111111',
  'Config1111111111111111111111111111111111111',
  'Ed25519SigVerify111111111111111111111111111',
  'Feature111111111111111111111111111111111111',
  '1nc1nerator11111111111111111111111111111111', // burns what it is paid
  'LoaderV411111111111111111111111111111111111',
  'NativeLoader1111111111111111111111111111111',
  'KeccakSecp256k11111111111111111111111111111',
  'Secp256r1SigVerify1111111111111111111111111',
  'Stake11111111111111111111111111111111111111',
  'StakeConfig11111111111111111111111111111111',
  'Vote111111111111111111111111111111111111111',
  'ZkTokenProof1111111111111111111111111111111',
  'ZkE1Gama1Proof11111111111111111111111111111',
  'Sysvar1111111111111111111111111111111111111',
  'SysvarC1ock11111111111111111111111111111111',
  'SysvarEpochRewards1111111111111111111111111',
  'SysvarEpochSchedu1e111111111111111111111111',
  'SysvarFees111111111111111111111111111111111',
  'Sysvar1nstructions1111111111111111111111111',
  'SysvarLastRestartS1ot1111111111111111111111',
  'SysvarRecentB1ockHashes11111111111111111111',
  'SysvarRent111111111111111111111111111111111',
  'SysvarRewards111111111111111111111111111111',
  'SysvarS1otHashes111111111111111111111111111',
  'SysvarS1otHistory11111111111111111111111111',
  'SysvarStakeHistory1111111111111111111111111',
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA', // Token
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb', // Token-2022
  'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL', // Associated Token Account
  'Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo',
  'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr',
]);

/**
 * A wallet's address, or why it is none. A point on the curve can have a private key (solana.com, cookbook, "How to
 * Validate a Public Key"); any other address belongs to a program, which would have to know what to do with the money.
 * There is no checksum: of texts with a typing error, about half are no point of the curve.
 */
export function solanaAddress(text: string): CheckedAddress {
  if (tokens.has(text)) return { wrong: 'This is the address of a token, not of a wallet.' };
  if (programs.has(text)) return { wrong: 'This is the address of a program, not of a wallet.' };
  if (!pattern.test(text) || base58.decode(text).length !== 32)
    return { wrong: 'A Solana address is 32 bytes in base58.' };
  if (!isPublicKey(base58.decode(text)))
    return { wrong: 'Nobody can have the key of this address: give the one of the wallet itself.' };
  return { address: text };
}

/** Whether a private key can belong to it. Points of small order belong to nobody, like the zero address elsewhere. */
function isPublicKey(bytes: Uint8Array): boolean {
  try {
    return !ed25519.ExtendedPoint.fromHex(bytes).isSmallOrder();
  } catch {
    return false; // Not on the curve: the library says so by throwing.
  }
}
