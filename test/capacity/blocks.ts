/** What the chain's blocks were filled with. */
import type { EvmModel } from '../sim/models/evm.ts';

type Block = { number: string; gasUsed: string };

export function blocksOf(chain: Pick<EvmModel, 'rpc'>) {
  const blockOf = (tag: string): Block => {
    const request = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [tag, false] };
    const { result } = chain.rpc(0, request) as { result?: Block | null };
    return result ?? { number: '0x0', gasUsed: '0x0' };
  };
  const head = (): number => Number(blockOf('latest').number);
  let forgotten = -1;
  return {
    /** From now on only the blocks that are still to come count. */
    forget: (): void => {
      forgotten = head();
    },
    /** The gas that was used in the fullest one. */
    fullest: (): { name: string; used: number } => {
      let fullest = { name: '', used: 0 };
      const last = head();
      for (let number = forgotten + 1; number <= last; number += 1) {
        const used = Number(blockOf(`0x${number.toString(16)}`).gasUsed);
        if (used > fullest.used) fullest = { name: `block ${number}`, used };
      }
      return fullest;
    },
  };
}
