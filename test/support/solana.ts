/** Makes steps 4 and 5 on a local Solana of their own, whose slots go on by the test's clock. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { base58 } from '@scure/base';
import { connectSolana } from '../../lambdas/adapters/solana/payouts.ts';
import { solanaSigner } from '../../lambdas/adapters/solana/signer.ts';
import { localMessageSigner } from '../../lambdas/adapters/solana/signer-local.ts';
import { makeBroadcast } from '../../lambdas/core/payout/broadcast.ts';
import { makeConfirm } from '../../lambdas/core/payout/confirm.ts';
import type { SolanaChain } from '../../lambdas/core/rails/solana/chain.ts';
import {
  encodeMessage,
  type Instruction,
  transactionOf,
} from '../../lambdas/core/rails/solana/message.ts';
import { tokenAccountOf, tokenProgram } from '../../lambdas/core/rails/solana/programs.ts';
import { solanaRail } from '../../lambdas/core/rails/solana/rail.ts';
import { tokensOf } from '../../local/chains/solana/genesis.ts';
import { testMint } from '../../local/chains/solana/mint.ts';
import { runSolana } from '../../local/chains/solana/service.ts';
import { testClock } from './things.ts';
import { stepWorld, type TestWorld } from './world.ts';

const slotMs = 400;
const seedOf = (name: string): Uint8Array => createHash('sha256').update(name).digest();
export const keyOf = (name: string) => localMessageSigner(seedOf(name));

/** The address of a wallet that nobody has seen. */
export function anyWallet(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return base58.encode(Buffer.from(x, 'base64url'));
}

let chains = 0;

export async function startSolana() {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'solana-'));
  // The clock of the chain is that of the test.
  const clock = testClock(1_000_000_000);
  chains += 1;
  const [treasury, issuer, liquidity] = [`treasury ${chains}`, 'issuer', 'liquidity'].map(keyOf);
  if (treasury === undefined || issuer === undefined || liquidity === undefined)
    throw new Error('there are three keys');
  const owners = { treasury: treasury.address, liquidity: liquidity.address };
  const node = await runSolana({ dataDir, slotMs, issuer: issuer.address, owners, now: clock.now });
  const engine = await node.engine();
  // Everything that the chain begins with is final.
  const pass = (slots: number) => clock.advance(slots * slotMs);
  pass(40);
  /** A transaction that anybody with this key may send, bound to a blockhash. */
  const sendAs = async (name: string, ...instructions: Instruction[]) => {
    const key = keyOf(name);
    const lifetime = engine.blockhash(engine.slot());
    const message = encodeMessage({ payer: key.address, lifetime, instructions });
    return engine.execute(transactionOf(message, await key.sign(message)));
  };
  return {
    ...{ dataDir, url: node.url, engine, clock, mint: testMint, pass, sendAs },
    ...{ treasury: treasury.address, treasuryName: `treasury ${chains}` },
    final: () => pass(33),
    /** Opens the token account of a wallet, and answers its address. */
    open: async (wallet: string): Promise<string> => {
      const account = tokenAccountOf(wallet, testMint);
      const [data, lamports] = [tokensOf(wallet, 0n), BigInt(engine.rent(165))];
      engine.setAccount(account, { lamports, data, owner: tokenProgram, executable: false });
      pass(2);
      return account;
    },
    /** What a wallet holds, as its transactions have left it. */
    tokensOf: (wallet: string): bigint => {
      const held = engine.account(tokenAccountOf(wallet, testMint));
      return held === null ? 0n : Buffer.from(held.data).readBigUInt64LE(64);
    },
    lamportsOf: (wallet: string): bigint => engine.account(wallet)?.lamports ?? 0n,
    stop: async () => {
      await node.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}
export type TestSolana = Awaited<ReturnType<typeof startSolana>>;

/** Steps 4 and 5 over the adapter and the node. `around` stands between the rail and the chain; `formerName`: a treasury of before. */
export async function payoutsOn(
  solana: TestSolana & { formerName?: string },
  { store }: Pick<TestWorld, 'store'>,
  around: (chain: SolanaChain) => SolanaChain = (chain) => chain,
) {
  const { url: rpcUrl, mint, treasury, treasuryName, formerName, clock } = solana;
  const former = formerName === undefined ? [] : [keyOf(formerName)];
  const chain = around(await connectSolana({ rpcUrl, mint, treasury }));
  const signer = solanaSigner(keyOf(treasuryName), [mint], former);
  const world = { ...stepWorld(store, clock), dice: { roll: () => 0 } };
  const rails = async ({ asset }: { asset: string }) =>
    solanaRail(chain, asset === 'SOL' ? 'SOL' : 'USDC', { ...world, signer });
  return {
    ...{ chain, signer, rails },
    broadcast: makeBroadcast({ ...world, rails }),
    confirm: makeConfirm({ ...world, rails }),
  };
}

/** The issuer freezes an account of its token, as Circle does, or lets it go. */
export async function freezing(solana: TestSolana, wallet: string, isFrozen: boolean) {
  const account = tokenAccountOf(wallet, solana.mint);
  const { error } = await solana.sendAs('issuer', {
    program: tokenProgram,
    accounts: [
      { address: account, writable: true },
      { address: solana.mint, writable: false },
      { address: keyOf('issuer').address, writable: false },
    ],
    data: Uint8Array.of(isFrozen ? 10 : 11),
  });
  solana.pass(2);
  if (error !== null) throw new Error(`the issuer cannot freeze: ${JSON.stringify(error)}`);
}
