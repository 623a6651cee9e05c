/** Each hour, and for any span of time that somebody names: makes the client events that the relay has given up. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { dynamoChanged } from '../adapters/dynamo/changed.ts';
import { explorers } from '../boot/networks.ts';
import { logger, metrics, observed } from '../boot/observe.ts';
import { bootDoorbells } from '../boot/outbox.ts';
import { database, tables } from '../boot/tables.ts';
import { bootWebhooks } from '../boot/webhooks.ts';
import { clock } from '../boot/world.ts';
import { spanIn } from '../core/outbox/dead-letter.ts';
import { type Retold, retell, retellRest } from '../core/outbox/retell.ts';

const world = {
  changed: dynamoChanged(database(), tables()),
  webhooks: bootWebhooks(),
  doorbells: bootDoorbells(),
  explorers: explorers(),
};

/** The event is EventBridge's, `{ from, until }`, or a dead letter of the relay; another one is an error. */
export const handler = observed(async (event: unknown): Promise<Retold> => {
  const span = spanIn(event);
  const retold = span === 'rest' ? await retellRest(world, clock.now()) : await retell(world, span);
  metrics.addMetric('retold-events', MetricUnit.Count, retold.made);
  metrics.addMetric('retell-unreadable', MetricUnit.Count, retold.unreadable.length);
  const { unreadable, ...counts } = retold;
  if (retold.made > 0) logger.warn('events made anew', counts);
  for (const item of unreadable) logger.error('item cannot be read', { item });
  return retold;
});
