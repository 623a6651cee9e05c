/**
 * A Solana on this machine: LiteSVM carries transactions out, and what it has none of is here, as mainnet has it: slots that go on by
 * the clock, blockhashes that expire, transactions that become confirmed and final, and nonces. A transaction on a nonce that fails
 * still uses the nonce up (LiteSVM takes only the fee), and no value of a nonce ever comes again.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { base58 } from '@scure/base';
import type * as Lite from 'litesvm';
import { systemProgram } from '../../../lambdas/core/rails/solana/programs.ts';
import { addressOf, bytesOf } from './addresses.ts';
import { errorIn, type TransactionError } from './errors.ts';
import { type Kept, type Landed, openState } from './state.ts';
import { readWire, type Wire, writableIn } from './wire.ts';

/** LiteSVM as it is below its face for @solana/kit, which would take five times as long to load. */
type Svm = {
  setTransactionHistory(capacity: bigint): void;
  setBlockhashCheck(check: boolean): void;
  setSigverify(check: boolean): void;
  getAccount(address: Uint8Array): RawAccount | null;
  setAccount(address: Uint8Array, account: RawAccount): void;
  minimumBalanceForRentExemption(bytes: bigint): bigint;
  expireBlockhash(): void;
  warpToSlot(slot: bigint): void;
  sendVersionedTransaction(
    bytes: Uint8Array,
  ): Lite.TransactionMetadata | Lite.FailedTransactionMetadata;
  simulateVersionedTransaction(
    bytes: Uint8Array,
  ): { meta(): Lite.TransactionMetadata } | Lite.FailedTransactionMetadata;
};
type RawAccount = {
  lamports(): bigint;
  data(): Uint8Array;
  owner(): Uint8Array;
  executable(): boolean;
};
type Internal = {
  LiteSvm: new () => Svm;
  Account: new (
    lamports: bigint,
    data: Uint8Array,
    owner: Uint8Array,
    executable: boolean,
    rentEpoch: bigint,
  ) => RawAccount;
  FailedTransactionMetadata: typeof Lite.FailedTransactionMetadata;
};

export type EngineOptions = {
  /** `null`: it ends with the process. */
  dataDir: string | null;
  /** A slot of mainnet takes 400 ms. */
  slotMs: number;
  now?: () => number;
  /** What tells this chain from others; by default it is made once. */
  salt?: string;
};

export type Commitment = 'processed' | 'confirmed' | 'finalized';
/** How old a slot is when most of the stake has voted for it, and when it is rooted (solana.com/docs/rpc, "Commitment"). */
const ages: Record<Commitment, number> = { processed: 0, confirmed: 1, finalized: 32 };
/** How many slots a blockhash may be used, and how long a node knows signatures without looking into its history. */
export const blockhashSlots = 150;
/** So long a bank knows what it has carried out; later the blockhash or the nonce of it is too old (runtime/src/status_cache.rs in Agave). */
const statusCacheSlots = 300;
const firstSlot = 1_000;
const nonceBytes = 80;

export type Outcome = {
  error: TransactionError | null;
  logs: string[];
  units: number;
  inner: unknown;
};
export type Engine = ReturnType<typeof startEngine>;

export function startEngine({ dataDir, slotMs, now = Date.now, salt }: EngineOptions) {
  const internal = createRequire(import.meta.url)('litesvm/dist/internal.js') as Internal;
  const state = openState(dataDir, now(), salt);
  const svm = new internal.LiteSvm();
  svm.setTransactionHistory(0n);
  // Blockhashes and nonces are checked here: those of LiteSVM begin anew with each process.
  svm.setBlockhashCheck(false);
  const raw = ({ lamports, data, owner, executable }: Kept): RawAccount =>
    new internal.Account(lamports, data, bytesOf(owner), executable, 0n);
  for (const [address, kept] of state.accounts()) svm.setAccount(bytesOf(address), raw(kept));
  let warpedTo = 0;
  /** The oldest slot that this node knows: it forgets what was before. */
  let history = 0;

  const slot = (commitment: Commitment = 'processed'): number => {
    const newest = firstSlot + Math.floor((now() - state.bornMs) / slotMs);
    if (newest > warpedTo) {
      svm.expireBlockhash();
      svm.warpToSlot(BigInt(newest));
      warpedTo = newest;
    }
    return Math.max(0, newest - ages[commitment]);
  };
  const current = (address: string): Kept | null => {
    const read = svm.getAccount(bytesOf(address));
    if (read === null || read.lamports() === 0n) return null;
    const [data, owner] = [Uint8Array.from(read.data()), addressOf(read.owner())];
    return { lamports: read.lamports(), data, owner, executable: read.executable() };
  };
  const gone: Kept = {
    lamports: 0n,
    data: new Uint8Array(),
    owner: systemProgram,
    executable: false,
  };
  /** What the engine has by itself (programs) was always there. */
  const account = (address: string, commitment: Commitment = 'processed'): Kept | null => {
    const kept = state.accountAt(address, slot(commitment));
    if (kept !== null) return kept.lamports === 0n ? null : kept;
    return state.accountAt(address, Number.MAX_SAFE_INTEGER) === null ? current(address) : null;
  };
  const setAccount = (address: string, kept: Kept, at = slot()): void => {
    svm.setAccount(bytesOf(address), raw(kept));
    state.keepAccounts([[address, kept]], at, slot('finalized'));
  };

  /** The value of a nonce that is set or advanced in this slot (github.com/anza-xyz/solana-sdk, nonce). */
  const nonceAt = (at: number): Uint8Array =>
    createHash('sha256').update('DURABLE_NONCE').update(state.blockhash(at)).digest();
  const isNonce = ({ owner, data }: Kept): boolean =>
    owner === systemProgram && data.length === nonceBytes && data[4] === 1;
  const nonceIn = ({ data }: Kept): string => base58.encode(data.slice(40, 72));

  /** The nonce account that a transaction is bound to, if it begins as one that is. */
  const nonceOf = ({ keys, instructions: [first] }: Wire): string | null => {
    if (first === undefined || keys[first.programIdIndex] !== systemProgram) return null;
    return first.data[0] === 4 && first.data.length === 4
      ? (keys[first.accounts[0] ?? -1] ?? null)
      : null;
  };
  /** Whether it may be carried out in this slot. */
  const isOfAge = (wire: Wire): boolean => {
    const newest = slot();
    const nonceAccount = nonceOf(wire);
    const held = nonceAccount === null ? null : current(nonceAccount);
    if (held !== null && isNonce(held) && nonceIn(held) === wire.blockhash) {
      // It cannot be advanced in the slot in which it was set.
      const isReady = wire.blockhash !== base58.encode(nonceAt(newest));
      const authority = addressOf(held.data.slice(8, 40));
      return isReady && wire.keys.slice(0, wire.header.numRequiredSignatures).includes(authority);
    }
    for (let at = newest; at > newest - blockhashSlots; at -= 1)
      if (state.blockhash(at) === wire.blockhash) return true;
    return false;
  };
  const outcomeOf = (
    result:
      | Lite.TransactionMetadata
      | { meta(): Lite.TransactionMetadata }
      | Lite.FailedTransactionMetadata,
  ): Outcome => {
    const meta = 'meta' in result ? result.meta() : result;
    const error = result instanceof internal.FailedTransactionMetadata ? errorIn(result) : null;
    const inner = meta.innerInstructions().map((list) =>
      list.map((one) => ({
        programIdIndex: one.instruction().programIdIndex(),
        accounts: [...one.instruction().accounts()],
        data: base58.encode(Uint8Array.from(one.instruction().data())),
      })),
    );
    return { error, logs: meta.logs(), units: Number(meta.computeUnitsConsumed()), inner };
  };
  const refused = (error: TransactionError): Outcome => ({ error, logs: [], units: 0, inner: [] });
  const isCached = ({ signatures: [signature = ''] }: Wire): boolean => {
    const landed = state.landed(signature);
    return landed !== null && slot() - landed.slot < statusCacheSlots;
  };

  return {
    state,
    slot,
    account,
    setAccount,
    blockhash: state.blockhash,
    genesis: state.genesis,
    rent: (bytes: number): number => Number(svm.minimumBalanceForRentExemption(BigInt(bytes))),
    timeOf: (at: number): number => state.bornMs + (at - firstSlot) * slotMs,
    since: (): number => history,
    forgetBefore: (at: number): void => {
      history = at;
    },
    landed: (signature: string): Landed | null => {
      const one = state.landed(signature);
      return one === null || one.slot < history ? null : one;
    },
    /** Carries it out without keeping anything of it. `replaced`: whatever blockhash it has, and without signatures. */
    simulate: (bytes: Uint8Array, replaced = false): Outcome => {
      const wire = readWire(bytes);
      slot();
      if (!replaced && isCached(wire)) return refused('AlreadyProcessed');
      if (!replaced && !isOfAge(wire)) return refused('BlockhashNotFound');
      svm.setSigverify(!replaced);
      try {
        return outcomeOf(svm.simulateVersionedTransaction(bytes));
      } finally {
        svm.setSigverify(true);
      }
    },
    /** Carries it out now. What a block would not take leaves nothing behind. */
    execute: (bytes: Uint8Array): Outcome => {
      const wire = readWire(bytes);
      const [signature = ''] = wire.signatures;
      const at = slot();
      if (isCached(wire)) return refused('AlreadyProcessed');
      if (!isOfAge(wire)) return refused('BlockhashNotFound');
      const touched = writableIn(wire);
      const before = new Map(touched.map((address) => [address, current(address)]));
      const outcome = outcomeOf(svm.sendVersionedTransaction(bytes));
      // Only what was begun costs a fee and stands in a block.
      if (typeof outcome.error === 'string') return outcome;
      const bound = nonceOf(wire);
      const after = touched.map((address): [string, Kept] => [address, current(address) ?? gone]);
      for (const [address, kept] of after) {
        if (!isNonce(kept)) continue;
        const was = before.get(address);
        const isSet = !was || !isNonce(was) || nonceIn(was) !== nonceIn(kept);
        if (!isSet && !(outcome.error !== null && address === bound)) continue;
        kept.data.set(nonceAt(at), 40);
        svm.setAccount(bytesOf(address), raw(kept));
      }
      const { error, inner } = outcome;
      const landed = { signature, slot: at, raw: bytes, error, inner };
      state.land(landed, wire.keys, after, slot('finalized'));
      return outcome;
    },
    /** The newest slots, as far as they are not final, were on a fork that is given up: what was in them never happened. */
    undo: (slots: number): void => {
      const from = Math.max(slot('finalized') + 1, slot() - slots + 1);
      for (const address of state.undo(from))
        svm.setAccount(
          bytesOf(address),
          raw(state.accountAt(address, Number.MAX_SAFE_INTEGER) ?? gone),
        );
    },
    stop: () => state.close(),
  };
}
