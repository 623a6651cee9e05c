/** Each hour, and for any span of time that somebody names: makes the client events that the relay has given up. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { sqsDeadLetters } from '../adapters/aws/dead-letters.ts';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { dynamoChanged } from '../adapters/dynamo/changed.ts';
import { bootBus } from '../boot/bus.ts';
import { deadLettersUrl } from '../boot/dead-letters.ts';
import { explorers } from '../boot/networks.ts';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootDoorbells } from '../boot/outbox.ts';
import { database, tables } from '../boot/tables.ts';
import { bootWebhooks } from '../boot/webhooks.ts';
import { clock } from '../boot/world.ts';
import { streamLetterIn } from '../core/operations/stream-letter.ts';
import { isAgain } from '../core/outbox/bus.ts';
import { isDoneWith, type Named, spanIn } from '../core/outbox/dead-letter.ts';
import { retellReserveMs } from '../core/outbox/limits.ts';
import { type RetellWorld, type Retold, retell, retellRest } from '../core/outbox/retell.ts';
import type { WebhookEvent } from '../core/webhooks/event.ts';

const bus = bootBus();
const boxes = sqsDeadLetters(sqsClient(), deadLettersUrl);
const world: RetellWorld = {
  changed: dynamoChanged(database(), tables()),
  webhooks: bootWebhooks(),
  doorbells: bootDoorbells(),
  explorers: explorers(),
};

/** The event is EventBridge's, `{ from, until }`, or a dead letter of the relay or the bus; another one is an error. */
export const handler = observed(async (event: unknown, context): Promise<Retold> => {
  const span = spanIn(event);
  const remainingMs = () => context.getRemainingTimeInMillis();
  const mayGoOn = () => remainingMs() > retellReserveMs;
  const retold =
    span === 'rest'
      ? await lookAtRest(mayGoOn)
      : // The bus has no record of what it was given. Whoever names a span has it put there again: its receivers know its ids.
        await retell(
          { ...world, putOnBus: (events) => putAll(events, remainingMs) },
          span,
          mayGoOn,
        );
  metrics.addMetric('retold-events', MetricUnit.Count, retold.made);
  metrics.addMetric('retell-unreadable', MetricUnit.Count, retold.unreadable.length);
  const { unreadable, ...counts } = retold;
  if (retold.made > 0) logger.warn('events made anew', counts);
  for (const item of unreadable) logger.error('item cannot be read', { item });
  if (!retold.isWhole) logger.warn('not all was looked at: the next run goes on there', counts);
  if (span !== 'rest') await takeAway(span, retold);
  return retold;
});

async function lookAtRest(mayGoOn: () => boolean): Promise<Retold> {
  const { behindMs, ...retold } = await retellRest(world, clock.now(), { mayGoOn });
  metrics.addMetric('retell-behind', MetricUnit.Seconds, behindMs.listed / 1_000);
  metrics.addMetric('retell-table-behind', MetricUnit.Seconds, behindMs.table / 1_000);
  return retold;
}

/** The dead letters that have asked for this span lie there until it is told: a run that fails loses none. */
async function takeAway(span: Named, retold: Retold): Promise<void> {
  if (span.letters === undefined) return;
  const count = await boxes.remove(span.letters, async ({ body }) =>
    isDoneWith(span, retold, streamLetterIn(body)),
  );
  logger.info('dead letters done with', { of: span.letters, count });
}

/** Throws when one of the events is not on the bus: who asked for the span asks again. */
async function putAll(events: readonly WebhookEvent[], remainingMs: () => number): Promise<void> {
  const puts = await bus(events, remainingMs);
  const lost = puts.flatMap((put, index) =>
    put === 'taken' ? [] : [{ id: events[index]?.id, why: isAgain(put) ? put.again : put.never }],
  );
  metrics.addMetric('bus-put', MetricUnit.Count, puts.length - lost.length);
  if (lost.length > 0) throw new Error(`not on the bus: ${JSON.stringify(lost.slice(0, 5))}`);
}
