/**
 * A world in which Solana is paid on: the product's steps, rail and adapter, books in memory, and a chain with a node that anything may
 * happen to. Every call that leaves the product can be its last, or be lost. The auditor reads the chain and the saved bytes, and asks
 * whether each destination was paid exactly once or never, and whether the books say the same.
 */
import { createHash } from 'node:crypto';
import { connectSolana } from '../../../lambdas/adapters/solana/payouts.ts';
import {
  type Call,
  RefusedCallError,
  type Rpc,
  readAs,
  type Said,
} from '../../../lambdas/adapters/solana/rpc.ts';
import { solanaSigner } from '../../../lambdas/adapters/solana/signer.ts';
import { localMessageSigner } from '../../../lambdas/adapters/solana/signer-local.ts';
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { makeBroadcast } from '../../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../../lambdas/core/payout/confirm.ts';
import {
  nonceAccountsOf,
  systemProgram,
  tokenAccountOf,
  tokenProgram,
} from '../../../lambdas/core/rails/solana/programs.ts';
import { solanaRail } from '../../../lambdas/core/rails/solana/rail.ts';
import { commitsOfOne, type Store } from '../../../lambdas/core/store/store.ts';
import { moveTo } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import { startEngine } from '../../../local/chains/solana/engine.ts';
import { endow, tokensOf } from '../../../local/chains/solana/genesis.ts';
import { methodsOf } from '../../../local/chains/solana/methods.ts';
import { testMint } from '../../../local/chains/solana/mint.ts';
import { allOn, testGates } from '../../support/gates.ts';
import { at, minorOf, plenty, requestedOf, testClock, walletOf } from '../../support/things.ts';
import { type Moment, silentIn } from '../rails/audit.ts';
import { Crash, type FaultAt, type Happening, makeCalls } from '../rails/calls.ts';
import type { Violation } from '../rails/scripts.ts';
import { hexOf, savedOf, solanaViolations } from './audit.ts';
import { memoryBooks } from './books.ts';
import { worldIsOver } from './memory.ts';

const keyOf = (name: string) => localMessageSigner(createHash('sha256').update(name).digest());
/** The treasury of now, and the one that takes its place when it is changed. */
const treasuries = ['treasury of a world', 'another treasury'].map(keyOf);
const addresses = treasuries.map(({ address }) => address);
const slotMs = 400;
const finalSlots = 33;
const finalityMs = 13_000;
const priorityFeeMax = 1_000_000n;
const tokenBytes = 165;
const plentyOf = { USDC: 1_000_000_000_000n, SOL: 1_000_000_000_000n } as const;

export type SolanaWorld = ReturnType<typeof solanaWorld>;

export function solanaWorld(faultAt: FaultAt | null = null) {
  const clock = testClock(1_800_000_000_000);
  const engine = startEngine({ dataDir: null, slotMs, now: clock.now, salt: 'a world' });
  const [treasury = '', liquidity = ''] = addresses;
  endow(engine, keyOf('issuer').address, { treasury, liquidity });
  const methods = methodsOf(engine);
  const books = memoryBooks();
  let changes = 0;
  const sent: Uint8Array[] = [];
  const thefts = new Set<string>();
  /** What the node takes and no block does. */
  let drops = 0;
  /** The node tries nothing before it passes it on. */
  let isRash = false;

  const pass = (slots: number): void => clock.advance(slots * slotMs);
  const end = (id: WithdrawalId): void => books.end(id, clock.now());
  const others: Record<Happening, () => void> = {
    ended: () => books.ids().slice(0, 1).forEach(end),
    'treasury-changed': () => {
      changes += 1;
    },
    undone: () => engine.undo(20),
  };
  const calls = makeCalls(faultAt, (what) => others[what]());
  const commit: Store['commit'] = (some) => calls.saving(() => books.store.commit(some));
  const store: Store = { ...books.store, commit, commitEach: commitsOfOne(commit) };
  /** What happens while a node is about to answer this method, once. */
  const meanwhile = new Map<string, () => void>();
  const answer = ({ method, params = [] }: Call): unknown => {
    meanwhile.get(method)?.();
    meanwhile.delete(method);
    try {
      // What is no JSON is no answer.
      return JSON.parse(JSON.stringify(methods[method]?.(params) ?? null));
    } catch (error) {
      const { code, message, data } = error as { code: number; message: string; data?: unknown };
      if (typeof code !== 'number') throw error;
      throw new RefusedCallError(method, { code, message, data });
    }
  };
  const rpc: Rpc = {
    all: (some) => calls.asking(async () => some.map(answer)),
    ask: async (shape, method, ...params) => {
      const [result] = await rpc.all([{ method, params }]);
      return readAs(shape, method, result);
    },
    send: async ({ method, params = [] }): Promise<Said> => {
      const [wire] = params;
      sent.push(Uint8Array.from(Buffer.from(String(wire), 'base64')));
      try {
        return await calls.asking(async () => {
          if (drops > 0) {
            drops -= 1;
            return { result: 'taken' };
          }
          const options = { encoding: 'base64', skipPreflight: isRash };
          return { result: answer({ method, params: [wire, options] }) };
        });
      } catch (error) {
        if (error instanceof RefusedCallError) return { error: error.said };
        if (error instanceof Crash) throw error;
        return { lost: error as Error };
      }
    },
  };
  const rails = async ({ asset }: { asset: string }) => {
    const [key, other] = changes % 2 === 0 ? treasuries : treasuries.toReversed();
    if (key === undefined || other === undefined) throw new Error('there are two treasuries');
    const signer = solanaSigner(key, [testMint], changes === 0 ? [] : [other]);
    const config = { rpcUrl: 'http://node.invalid', mint: testMint, treasury: key.address };
    const chain = await connectSolana({ ...config, priorityFeeMax }, finalityMs, rpc);
    const dice = { roll: () => 0 };
    return solanaRail(chain, asset === 'SOL' ? 'SOL' : 'USDC', { store, signer, clock, dice });
  };
  const world = {
    ...{ store, clock, rails, gates: testGates(clock).gates, switches: allOn },
    ...{ dice: { roll: () => 0.5 }, budget: plenty, brokerage: null },
  };
  const steps = {
    broadcast: makeBroadcast(world as unknown as Parameters<typeof makeBroadcast>[0]),
    confirm: makeConfirm(world),
  };
  const visit = (step: keyof typeof steps, some = books.ids()) =>
    calls.visit(async () => {
      await steps[step](some);
    });
  const setTokens = (wallet: string, amount: bigint): void => {
    const lamports = BigInt(engine.rent(tokenBytes));
    const account = { lamports, data: tokensOf(wallet, amount), owner: tokenProgram };
    engine.setAccount(tokenAccountOf(wallet, testMint), { ...account, executable: false });
  };
  /** What the treasuries have from now on, of both. */
  const hold = ({ USDC, SOL }: { USDC: bigint; SOL: bigint }): void => {
    for (const address of addresses) {
      setTokens(address, USDC);
      engine.setAccount(address, {
        ...{ lamports: SOL, data: new Uint8Array(), owner: systemProgram, executable: false },
      });
    }
    pass(finalSlots);
  };
  /** Whatever was promised and is decided is given back when a treasury is short. */
  const release = async (): Promise<void> => {
    for (const asset of ['USDC', 'SOL']) await (await rails({ asset })).funds(10n ** 30n);
  };
  const audit = (moment: Moment): Violation[] =>
    solanaViolations(
      {
        ...{ books, engine, sent, thefts, treasuries: addresses },
        // In millionths of a lamport.
        offerMax: priorityFeeMax * 1_000_000n,
      },
      moment,
    );
  const silent = () => silentIn(books.withdrawals.values(), finalityMs, clock.now());
  /** What was wrong after any visit of a script. */
  const onTheWay: Violation[] = [];
  return {
    ...{ engine, clock, books, pass, end, audit, hold, ids: books.ids },
    calls: calls.count,
    visit: async (step: keyof typeof steps, some = books.ids()): Promise<void> => {
      const isDone = await visit(step, some);
      onTheWay.push(...audit('under-way'));
      if (isDone && step === 'broadcast') onTheWay.push(...silent());
    },
    changeTreasury: others['treasury-changed'],
    ask: (name: string, amount: bigint, asset: 'USDC' | 'SOL' = 'USDC'): WithdrawalId => {
      const requested = requestedOf(walletOf({ currency: asset }), {
        ...{ asset, network: 'solana', amount: minorOf(amount) },
        ...{ destination: keyOf(name).address, createdAt: clock.now() },
      });
      const reserved = moveTo(requested, 'reserved', {}, at(clock.now()));
      books.withdrawals.set(reserved.id, reserved);
      return reserved.id;
    },
    /** The destination has a token account already. */
    open: (id: WithdrawalId): void => {
      setTokens(books.withdrawals.get(id)?.destination ?? '', 0n);
      pass(2);
    },
    /** There are no more nonce accounts than so many. */
    onlySlots: (many: number): void => {
      const none = { lamports: 0n, data: new Uint8Array(), owner: systemProgram };
      for (const address of addresses.flatMap((one) => nonceAccountsOf(one).slice(many, 20)))
        engine.setAccount(address, { ...none, executable: false });
      pass(finalSlots);
    },
    meanwhile: (method: string, happens: () => void): void => {
      meanwhile.set(method, happens);
    },
    drop: (many: number): void => {
      drops = many;
    },
    rash: (is: boolean): void => {
      isRash = is;
    },
    forget: books.forget,
    /** Somebody hands these bytes to the chain once more, as they may at any time. */
    replay: (number: number): void => {
      const raw = sent[number % Math.max(1, sent.length)];
      if (raw !== undefined) engine.execute(raw);
    },
    /** Somebody who has our key advances the nonce of this payout. */
    advance: async (id: WithdrawalId): Promise<void> => {
      const one = books.written.map(savedOf).find((attempt) => attempt.id === id);
      const key = treasuries.find(({ address }) => address === one?.asked.payer);
      if (one === undefined || key === undefined) return;
      const asked = { ...one.asked, transfer: null, unitPrice: 77n };
      const { raw } = await solanaSigner(key, []).sign(asked);
      thefts.add(hexOf(raw));
      engine.execute(raw);
    },
    /** The destination's account is frozen, or let go, as the issuer of the token may at any time. */
    freeze: (id: WithdrawalId, isFrozen: boolean): void => {
      const one = books.withdrawals.get(id);
      const address = one === undefined ? '' : tokenAccountOf(one.destination, testMint);
      const account = engine.account(address);
      if (account === null || account.data.length !== tokenBytes) return;
      engine.setAccount(address, { ...account, data: account.data.with(108, isFrozen ? 2 : 1) });
    },
    /** Nothing fails any more, and everything comes to its end. */
    settle: async (): Promise<Violation[]> => {
      drops = 0;
      isRash = false;
      for (let round = 0; round < 60 && books.isOpen(); round += 1) {
        if (round === 20) hold(plentyOf);
        const isDone = (await visit('broadcast')) && (await visit('confirm'));
        if (isDone) onTheWay.push(...silent());
        pass(finalSlots);
        clock.advance(300_000);
      }
      for (const change of treasuries.keys()) {
        if (change > 0) changes += 1;
        await release();
      }
      return onTheWay;
    },
    /** All that was ever signed is let loose. */
    ghosts: (): void => {
      for (const attempt of books.written) engine.execute(savedOf(attempt).raw);
      for (const raw of sent) engine.execute(raw);
      pass(finalSlots);
    },
    stop: (): void => {
      engine.stop();
      worldIsOver();
    },
  };
}
