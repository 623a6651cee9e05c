/** Hands signed bytes to a node, and answers what it said, or that our own breaker kept them back. */
import { BaseError } from 'viem';
import { ShutError } from '../../core/kernel/errors.ts';
import type { SendReply } from '../../core/rails/evm/chain.ts';
import type { Hex } from '../../core/rails/evm/hex.ts';
import type { Node } from './node.ts';
import { replyFor } from './replies.ts';
import { messageOf } from './view.ts';

export const offering =
  (send: Node['send']) =>
  async (raw: Hex, nonce = 0): Promise<SendReply> => {
    try {
      await send(raw, nonce);
      return 'accepted';
    } catch (error) {
      const shut = error instanceof BaseError ? error.walk(isShut) : error;
      return isShut(shut) ? { keptBackUntil: shut.until } : replyFor(messageOf(error));
    }
  };

const isShut = (error: unknown): error is ShutError => error instanceof ShutError;
