/** What viem's errors and a contract's data say of a revert (revert-data.ts says what proves one). */
import { BaseError, type Hex, RpcRequestError } from 'viem';
import { revertDataIn, wellKnown } from './revert-data.ts';

/** The data with which a call reverted that threw this error. */
export function revertOf(error: unknown): Hex | null {
  const said =
    error instanceof BaseError ? error.walk((one) => one instanceof RpcRequestError) : null;
  if (!(said instanceof RpcRequestError)) return null;
  return revertDataIn({ message: said.details, data: said.data });
}

/** What is called is not what was given back: a node that answers a revert as a result gives the data of a well-known one. */
export const revertIn = (result: Hex): Hex | null =>
  new RegExp(`^${wellKnown.source}$`, 'i').test(result) ? result : null;
