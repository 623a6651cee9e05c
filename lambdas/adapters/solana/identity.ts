/** Which chain a node is of, and whether that is the one on which our payouts are made. */
import { bytesOf } from '../../core/rails/solana/message.ts';

export type Identity = {
  /** Says which chain was used here first, after the node has said which one it is of. Without it any chain may be the first. */
  pinned?: (found: number) => Promise<number>;
};

/** Another chain answers than the one on which our payouts are made. Nothing that it says is believed, and nothing is sent. */
export class WrongChainError extends Error {
  override readonly name = 'WrongChainError';
  constructor(found: string) {
    super(`solana: the node is of the chain ${found}, and payouts are made on another`);
  }
}

const numberBytes = 6;
/** A chain is kept as a number: the first bytes of its genesis hash. */
export const chainNumber = (genesis: string): number =>
  Buffer.from(bytesOf(genesis)).readUIntBE(0, numberBytes);

/** Throws when the node is of another chain than was used first. */
export async function checkChain({ pinned }: Identity, genesis: string): Promise<void> {
  const found = chainNumber(genesis);
  if (((await pinned?.(found)) ?? found) !== found) throw new WrongChainError(genesis);
}
