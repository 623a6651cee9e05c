/** The JSON-RPC of a local Solana (https://solana.com/docs/rpc/http), as far as wallets and Drawbridge use it. */
import { base58 } from '@scure/base';
import { bytesOf } from './addresses.ts';
import { transactionsFor } from './answers.ts';
import { blockhashSlots, type Commitment, type Engine, type Outcome } from './engine.ts';
import { RpcRefusal } from './refusal.ts';
import type { Kept, Landed } from './state.ts';
import { readWire } from './wire.ts';

const invalid = (message: string): RpcRefusal => new RpcRefusal(-32_602, message);

/** The most bytes of a transaction: one packet of IPv6's least size, less its headers. */
const packetBytes = 1_232;

type Options = Readonly<Record<string, unknown>>;
type Params = readonly unknown[];
type Method = (params: Params) => unknown;

const optionsAt = (params: Params, place: number): Options =>
  (params[place] as Options | undefined) ?? {};
const textAt = (params: Params, place: number): string => {
  const text = params[place];
  if (typeof text !== 'string') throw invalid('Invalid param: WrongSize');
  return text;
};
const addressAt = (params: Params, place: number): string => addressIn(textAt(params, place));
function addressIn(text: string): string {
  let length: number;
  try {
    length = bytesOf(text).length;
  } catch {
    throw invalid('Invalid param: Invalid');
  }
  if (length !== 32) throw invalid('Invalid param: WrongSize');
  return text;
}
const commitmentIn = ({ commitment }: Options): Commitment =>
  commitment === 'processed' || commitment === 'confirmed' ? commitment : 'finalized';
const most = (values: unknown, max: number): string[] => {
  if (!Array.isArray(values)) throw invalid('Invalid param');
  if (values.length > max) throw invalid(`Too many inputs provided; max ${max}`);
  return values as string[];
};

export function methodsOf(engine: Engine): Readonly<Record<string, Method>> {
  const valued = (value: unknown, commitment: Commitment) => ({
    context: { slot: engine.slot(commitment), apiVersion: '3.0.0' },
    value,
  });
  const shown = (kept: Kept | null) =>
    kept && {
      data: [Buffer.from(kept.data).toString('base64'), 'base64'],
      ...{ executable: kept.executable, lamports: Number(kept.lamports), owner: kept.owner },
      ...{ rentEpoch: 0, space: kept.data.length },
    };
  const bytesAt = (params: Params): Uint8Array => {
    const { encoding } = optionsAt(params, 1);
    const text = textAt(params, 0);
    const isBase64 = encoding === 'base64';
    const most = isBase64 ? 1_644 : 1_683;
    const name = `${isBase64 ? 'base64' : 'base58'} encoded solana_transaction::versioned::VersionedTransaction`;
    if (text.length > most)
      throw invalid(
        `${name} too large: ${text.length} bytes (max: encoded/raw ${most}/${packetBytes})`,
      );
    const bytes = isBase64 ? Buffer.from(text, 'base64') : base58.decode(text);
    if (bytes.length > packetBytes)
      throw invalid(
        `decoded solana_transaction::versioned::VersionedTransaction too large: ${bytes.length} bytes (max: ${packetBytes} bytes)`,
      );
    try {
      readWire(bytes);
    } catch (error) {
      throw invalid(`failed to deserialize transaction: ${(error as Error).message}`);
    }
    return Uint8Array.from(bytes);
  };
  const shownOutcome = ({ error, logs, units }: Outcome) => ({
    ...{ err: error, logs, unitsConsumed: units, accounts: null, returnData: null },
  });
  const statusOf = (one: Landed | null) => {
    if (one === null) return null;
    const age = engine.slot() - one.slot;
    const isFinal = one.slot <= engine.slot('finalized');
    const isConfirmed = one.slot <= engine.slot('confirmed');
    return {
      slot: one.slot,
      err: one.error,
      status: one.error === null ? { Ok: null } : { Err: one.error },
      confirmations: isFinal ? null : age,
      confirmationStatus: isFinal ? 'finalized' : isConfirmed ? 'confirmed' : 'processed',
    };
  };
  const send = (params: Params): string => {
    const bytes = bytesAt(params);
    const { skipPreflight } = optionsAt(params, 1);
    const outcome = skipPreflight === true ? null : engine.simulate(bytes);
    if (outcome !== null && outcome.error === 'SignatureFailure')
      throw new RpcRefusal(-32_003, 'Transaction signature verification failure');
    if (outcome !== null && outcome.error !== null) {
      const words = `Transaction simulation failed: ${wordsOf(outcome.error)}`;
      throw new RpcRefusal(-32_002, words, shownOutcome(outcome));
    }
    // Whatever comes of it is not the answer: a node passes it on.
    engine.execute(bytes);
    return readWire(bytes).signatures[0] ?? '';
  };

  return {
    ...transactionsFor(engine),
    getHealth: () => 'ok',
    getVersion: () => ({ 'solana-core': '3.0.0', 'feature-set': 0 }),
    getGenesisHash: () => engine.genesis,
    getFirstAvailableBlock: () => engine.since(),
    minimumLedgerSlot: () => engine.since(),
    getSlot: (params) => engine.slot(commitmentIn(optionsAt(params, 0))),
    getBlockHeight: (params) => engine.slot(commitmentIn(optionsAt(params, 0))),
    getLatestBlockhash: (params) => {
      const commitment = commitmentIn(optionsAt(params, 0));
      const slot = engine.slot(commitment);
      const blockhash = engine.blockhash(slot);
      return valued({ blockhash, lastValidBlockHeight: slot + blockhashSlots }, commitment);
    },
    isBlockhashValid: (params) => {
      const newest = engine.slot();
      const slots = Array.from({ length: blockhashSlots }, (_, age) => newest - age);
      return valued(
        slots.some((slot) => engine.blockhash(slot) === params[0]),
        'processed',
      );
    },
    getMinimumBalanceForRentExemption: ([bytes]) => engine.rent(Number(bytes)),
    getBalance: (params) => {
      const commitment = commitmentIn(optionsAt(params, 1));
      const kept = engine.account(addressAt(params, 0), commitment);
      return valued(Number(kept?.lamports ?? 0n), commitment);
    },
    getAccountInfo: (params) => {
      const commitment = commitmentIn(optionsAt(params, 1));
      return valued(shown(engine.account(addressAt(params, 0), commitment)), commitment);
    },
    getMultipleAccounts: (params) => {
      const commitment = commitmentIn(optionsAt(params, 1));
      const addresses = most(params[0], 100).map(addressIn);
      const accounts = addresses.map((address) => shown(engine.account(address, commitment)));
      return valued(accounts, commitment);
    },
    getTokenAccountBalance: (params) => {
      const commitment = commitmentIn(optionsAt(params, 1));
      const kept = engine.account(addressAt(params, 0), commitment);
      if (kept?.data.length !== 165) throw invalid('Invalid param: could not find account');
      const amount = Buffer.from(kept.data).readBigUInt64LE(64);
      const uiAmountString = (Number(amount) / 1e6).toString();
      return valued({ amount: amount.toString(), decimals: 6, uiAmountString }, commitment);
    },
    getRecentPrioritizationFees: () => {
      const newest = engine.slot();
      return Array.from({ length: blockhashSlots }, (_, age) => ({
        slot: Math.max(0, newest - age),
        prioritizationFee: 0,
      }));
    },
    getSignatureStatuses: (params) => {
      const { searchTransactionHistory } = optionsAt(params, 1);
      const newest = engine.slot();
      const statuses = most(params[0], 256).map((signature) => {
        const one = engine.landed(signature);
        const isKnown = one !== null && newest - one.slot < blockhashSlots;
        return isKnown || searchTransactionHistory === true ? statusOf(one) : null;
      });
      return valued(statuses, 'processed');
    },
    simulateTransaction: (params) => {
      const options = optionsAt(params, 1);
      const { sigVerify, replaceRecentBlockhash } = options;
      if (sigVerify === true && replaceRecentBlockhash === true)
        throw invalid('sigVerify may not be used with replaceRecentBlockhash');
      const outcome = engine.simulate(bytesAt(params), replaceRecentBlockhash === true);
      return valued(shownOutcome(outcome), commitmentIn(options));
    },
    sendTransaction: send,
    requestAirdrop: (params) => {
      const address = addressAt(params, 0);
      const kept = engine.account(address);
      const before = kept ?? {
        ...{ lamports: 0n, data: new Uint8Array(), executable: false },
        owner: systemId,
      };
      engine.setAccount(address, {
        ...before,
        lamports: before.lamports + BigInt(Number(params[1])),
      });
      return base58.encode(new Uint8Array(64));
    },
  };
}

const systemId = '11111111111111111111111111111111';

/** As the errors are written for people (anza-xyz/solana-sdk, transaction-error/src/lib.rs). */
function wordsOf(error: NonNullable<Outcome['error']>): string {
  if (typeof error === 'string') return words[error] ?? error;
  const [index, reason] = (error['InstructionError'] as [number, unknown] | undefined) ?? [];
  if (index === undefined) {
    const { account_index: account } = error['InsufficientFundsForRent'] as Options;
    return `Transaction results in an account (${account}) with insufficient funds for rent`;
  }
  const custom =
    typeof reason === 'object' && reason !== null && 'Custom' in reason ? reason.Custom : null;
  const why =
    custom === null ? String(reason) : `custom program error: 0x${Number(custom).toString(16)}`;
  return `Error processing Instruction ${index}: ${why}`;
}
const words: Readonly<Record<string, string>> = {
  AlreadyProcessed: 'This transaction has already been processed',
  BlockhashNotFound: 'Blockhash not found',
  AccountNotFound: 'Attempt to debit an account but found no record of a prior credit.',
  InsufficientFundsForFee: 'Insufficient funds for fee',
};
