/**
 * What the functions' work costs, in milliseconds of a core: measured by `npm run capacity -- --rate 100 --seconds 15 --cpu`, rounded up.
 * Two cores were shared with others then, and a secp256k1 signature took 0.9 ms, where it takes 0.53 on a quiet one of them.
 */
import type { FunctionName } from '../../lib/functions.ts';

/** For an invocation, for each thing that it is about, and for each item that it writes in a transaction. */
export type Work = { invocation: number; each: number; written?: number };

export function workOf(name: FunctionName): Work {
  switch (name) {
    case 'create-withdrawal':
      return { invocation: 1, each: 0 };
    case 'relay':
      return { invocation: 1.4, each: 0.12 };
    case 'debit':
      // A ring names a wallet, whatever waits in its inbox.
      return { invocation: 1.4, each: 0, written: 0.2 };
    case 'broadcast':
      return { invocation: 9.2, each: 1.8 };
    case 'confirm':
      return { invocation: 7.3, each: 0.5 };
    default:
      return { invocation: 2, each: 0.5 };
  }
}
