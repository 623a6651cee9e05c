/**
 * The transactions of an address, as `getSignaturesForAddress` lists them (https://solana.com/docs/rpc/http/getsignaturesforaddress):
 * the newest first, up to 1,000 in an answer, and the older ones behind the last of them, `before`.
 */
import * as z from 'zod';
import { UnavailableError } from '../../core/kernel/errors.ts';
import { type Rpc, readAs } from './rpc.ts';
import { count, signatureStatuses, transactionError } from './shapes.ts';

const pageMax = 1_000;
const pageRead = z.array(
  z.object({
    signature: z.string(),
    slot: count,
    err: transactionError,
    memo: z.string().nullish(),
    /** In seconds. A node does not know it of each block. */
    blockTime: count.nullish(),
  }),
);
export type Listed = z.output<typeof pageRead>[number];

/**
 * Page by page, for as long as the caller asks. What stands before a node may have shorter pages, so only an empty one is the end, and
 * only where the node knows the place: nodes of before 2026 answer with an empty list where they do not, too, as one that is behind
 * (anza-xyz/agave, pull request 7937). Throws UnavailableError where it is not sure that this is all.
 */
export async function* pagesOf(
  rpc: Rpc,
  address: string,
  commitment: 'confirmed' | 'finalized',
): AsyncGenerator<readonly Listed[], void> {
  const method = 'getSignaturesForAddress';
  let before: string | undefined;
  for (;;) {
    const options = { commitment, limit: pageMax, ...(before === undefined ? {} : { before }) };
    const page = await rpc.ask(pageRead, method, address, options);
    const last = page.at(-1);
    if (last === undefined) {
      if (before !== undefined) await checkEnd(before, { method, params: [address, options] });
      return;
    }
    if (page.some(({ signature }) => signature === before))
      throw new UnavailableError(`solana: ${method} takes no notice of \`before\``);
    yield page;
    before = last.signature;
  }

  /** Asks for the same page and for its place in one request, which one node answers. */
  async function checkEnd(place: string, call: { method: string; params: readonly unknown[] }) {
    const status = 'getSignatureStatuses';
    const [page, statuses] = await rpc.all([
      call,
      { method: status, params: [[place], { searchTransactionHistory: true }] },
    ]);
    const [known] = readAs(signatureStatuses, status, statuses).value;
    if (readAs(pageRead, method, page).length > 0 || known === null || known === undefined)
      throw new UnavailableError(`solana: ${method} ends where the node does not know the list`);
  }
}
