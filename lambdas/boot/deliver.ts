/** Builds 7-deliver-webhook for one of its two queues. */
import { webhookSender } from '../adapters/net/webhook-sender.ts';
import { all } from '../core/kernel/all.ts';
import { gathered } from '../core/kernel/gathered.ts';
import { type DeliveryLane, isDeliveryLane, isReplayId } from '../core/kernel/ids.ts';
import { doorbellIdsMax } from '../core/kernel/limits.ts';
import { retryDoorbells } from '../core/outbox/doorbells.ts';
import { makeDeliver } from '../core/webhooks/deliver.ts';
import type { DeliveringStep } from '../core/webhooks/endpoint.ts';
import { measuresOfEnd } from '../core/webhooks/measures.ts';
import { stepReplay } from '../core/webhooks/replay.ts';
import { type Attempted, telling } from '../core/webhooks/telling.ts';
import { isSuccess } from '../core/webhooks/webhook.ts';
import { logger, publish, takeSpan } from './observe.ts';
import { bootDoorbells } from './outbox.ts';
import { webhookAllowedHosts } from './settings.ts';
import { eachAlone } from './step-handler.ts';
import { bootSwitches } from './switches.ts';
import { bootReplays, bootWebhooks } from './webhooks.ts';
import { clock, dice } from './world.ts';

export function bootDeliver(step: DeliveringStep) {
  const send = telling(webhookSender(webhookAllowedHosts(), clock), clock, tellOfAttempt);
  const webhooks = bootWebhooks();
  const store: typeof webhooks = {
    ...webhooks,
    saveEnds: async (ended) => {
      const saved = await webhooks.saveEnds(ended);
      publish(ended.filter((_, index) => saved[index] === true).flatMap(measuresOfEnd));
      return saved;
    },
  };
  const switches = bootSwitches();
  const replaying = { store: { ...store, ...bootReplays() }, clock };
  const setAside = step === 'webhook-retry' ? null : ringingElsewhere();
  return eachAlone(step, (budget) => {
    const deliver = makeDeliver({ store, send, clock, dice, budget, switches, setAside });
    return async (ids) => {
      const ends = await all(ids.filter(isDeliveryLane).map(deliver));
      await all(ids.filter(isReplayId).map((id) => stepReplay(replaying, id)));
      return ends.includes('unfinished') ? 'unfinished' : 'done';
    };
  });
}

function ringingElsewhere() {
  const doorbells = bootDoorbells();
  return gathered(doorbellIdsMax, async (lanes: readonly DeliveryLane[]) => {
    await doorbells.ring(retryDoorbells(lanes, clock.now()));
    return lanes;
  });
}

/** One line, and one span in the trace of the withdrawal that it is about. */
function tellOfAttempt({ delivery, event, number, result, startedAt, span }: Attempted): void {
  const { httpStatus, error, completedAt } = result;
  const told = {
    event,
    attempt: number,
    ...(httpStatus === null ? {} : { status: httpStatus }),
    ...(error === null ? {} : { error }),
  };
  const isGood = isSuccess(result);
  logger[isGood ? 'info' : 'warn']('webhook attempt', { ...told, ms: completedAt - startedAt });
  if (span === null) return;
  takeSpan?.({
    ...span,
    name: `webhook ${event}`,
    startedAt,
    endedAt: completedAt,
    ok: isGood,
    attributes: { ...told, 'delivery.id': delivery.id, 'event.id': delivery.eventId },
  });
}
