/** WithdrawalProcessorService of proto/, by the handlers of REST. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { Handlers, Reply } from '../perform.ts';
import {
  ProcessorState,
  type WithdrawalProcessorService,
} from './generated/drawbridge/v1/withdrawal_processor_service_pb.js';
import { ask, bodyOf } from './server.ts';

export type ProcessorHandlers = Required<
  Pick<Handlers, 'startProcessor' | 'stopProcessor' | 'getProcessor' | 'getStats'>
>;

const stateOf = ({ body }: Reply): { state: ProcessorState } => {
  const { state } = body as { state: 'RUNNING' | 'STOPPED' };
  return { state: ProcessorState[state] };
};
const given = (reason: string | undefined) => bodyOf(reason === undefined ? {} : { reason });

export const processorService = (
  handlers: ProcessorHandlers,
): ServiceImpl<typeof WithdrawalProcessorService> => ({
  async startProcessor({ reason }, context) {
    return stateOf(await ask('startProcessor', handlers.startProcessor, context, given(reason)));
  },
  async stopProcessor({ reason }, context) {
    return stateOf(await ask('stopProcessor', handlers.stopProcessor, context, given(reason)));
  },
  async getProcessorStats(_, context) {
    const processor = await ask('getProcessor', handlers.getProcessor, context, {});
    const { body } = await ask('getStats', handlers.getStats, context, {});
    const { successRate, queueDepth, deadLetters, ...counts } = body as Stats;
    const { processed, succeeded, failed, retries, inFlight } = counts;
    return {
      ...{ ...stateOf(processor), successRate },
      ...{ processed: BigInt(processed), succeeded: BigInt(succeeded), failed: BigInt(failed) },
      ...{ retries: BigInt(retries), inFlight: BigInt(inFlight) },
      ...{ queueDepth: wide(queueDepth), deadLetters: wide(deadLetters) },
    };
  },
});

type Counts = Record<string, number>;
type Counted = 'processed' | 'succeeded' | 'failed' | 'retries' | 'inFlight';
type Stats = Record<Counted | 'successRate', number> & Record<'queueDepth' | 'deadLetters', Counts>;
const wide = (counts: Counts): Record<string, bigint> =>
  Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, BigInt(n)]));
