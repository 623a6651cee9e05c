/** Builds 7-deliver-webhook for one of its two queues. */
import { webhookSender } from '../adapters/net/webhook-sender.ts';
import { all } from '../core/kernel/all.ts';
import { isDeliveryLane, isReplayId } from '../core/kernel/ids.ts';
import { makeDeliver } from '../core/webhooks/deliver.ts';
import { stepReplay } from '../core/webhooks/replay.ts';
import { type Attempted, telling } from '../core/webhooks/telling.ts';
import { isSuccess } from '../core/webhooks/webhook.ts';
import { logger, takeSpan } from './observe.ts';
import { webhookAllowedHosts } from './settings.ts';
import { eachAlone } from './step-handler.ts';
import { bootSwitches } from './switches.ts';
import { bootReplays, bootWebhooks } from './webhooks.ts';
import { clock, dice } from './world.ts';

export function bootDeliver(step: 'webhook' | 'webhook-retry') {
  const send = telling(webhookSender(webhookAllowedHosts(), clock), clock, tellOfAttempt);
  const store = bootWebhooks();
  const switches = bootSwitches();
  const replaying = { store: { ...store, ...bootReplays() }, clock };
  return eachAlone(step, (budget) => {
    const deliver = makeDeliver({ store, send, clock, dice, budget, switches });
    return async (ids) => {
      const ends = await all(ids.filter(isDeliveryLane).map(deliver));
      await all(ids.filter(isReplayId).map((id) => stepReplay(replaying, id)));
      return ends.includes('unfinished') ? 'unfinished' : 'done';
    };
  });
}

/** One line, and one span in the trace of the withdrawal that it is about. */
function tellOfAttempt({ delivery, number, result, startedAt, span }: Attempted): void {
  const { httpStatus, error, completedAt } = result;
  const told = {
    event: delivery.type,
    attempt: number,
    ...(httpStatus === null ? {} : { status: httpStatus }),
    ...(error === null ? {} : { error }),
  };
  const isGood = isSuccess(result);
  logger[isGood ? 'info' : 'warn']('webhook attempt', { ...told, ms: completedAt - startedAt });
  if (span === null) return;
  takeSpan({
    ...span,
    name: `webhook ${delivery.type}`,
    startedAt,
    endedAt: completedAt,
    ok: isGood,
    attributes: { ...told, 'delivery.id': delivery.id, 'event.id': delivery.eventId },
  });
}
