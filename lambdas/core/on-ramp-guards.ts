/** The on-ramp behind its circuit breakers: quotes, transfers and questions fail apart. */
import { quoting, reading, transferring } from './breaker-names.ts';
import { type Guards, guardsFor } from './guards.ts';
import type { Answer, Breakers, Clock, OnRamp } from './ports.ts';

export { quoting, reading, transferring };

/** Reading is the probe of all three: it moves nothing. */
export const onRampGuards = (breakers: Breakers, onRamp: OnRamp, clock: Clock): Promise<Guards> =>
  guardsFor(breakers, clock, [quoting, transferring, reading], async () => {
    const now = clock.now();
    return answered(await onRamp.transfersBetween(now, now));
  });

/** A refusal is an answer: the provider is well. */
const answered = (answer: Answer<unknown>): boolean => answer.ok || answer.refused;

/** The same on-ramp, each of its answers counted. */
export function counted(onRamp: OnRamp, guards: Guards): OnRamp {
  const question = async <T>(operation: string, asked: Promise<Answer<T>>): Promise<Answer<T>> => {
    const answer = await asked;
    guards.count(operation, answered(answer) ? 'succeeded' : 'faulted');
    return answer;
  };
  return {
    recipient: async (network) => {
      const answer = await onRamp.recipient(network);
      // Known from before, it is no sign that the provider is well.
      if (!answered(answer)) guards.count(quoting, 'faulted');
      return answer;
    },
    quote: (network, amount, payIn) => question(quoting, onRamp.quote(network, amount, payIn)),
    status: (transferId) => question(reading, onRamp.status(transferId)),
    transfersBetween: (from, to) => question(reading, onRamp.transfersBetween(from, to)),
    transfer: async (quoteToken, recipientId) => {
      const reply = await onRamp.transfer(quoteToken, recipientId);
      guards.count(transferring, reply.outcome === 'UNKNOWN' ? 'faulted' : 'succeeded');
      return reply;
    },
  };
}
