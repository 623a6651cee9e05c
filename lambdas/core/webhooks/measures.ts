/** What is measured of deliveries to webhook endpoints: attempts and deliveries by outcome, of all endpoints together. */
import { count, type Measure } from '../kernel/measure.ts';
import type { SaveEnd } from './store.ts';

/** What there is to measure where an attempt has ended, or a delivery was given up without one. */
export function measuresOfEnd({ from, to }: SaveEnd): Measure[] {
  const [begun, ended] = [from.attempts.at(-1), to.attempts.at(-1)];
  const measures: Measure[] = [];
  const hasEnded = begun?.completedAt === null && ended !== undefined && ended.completedAt !== null;
  if (hasEnded) {
    measures.push(count(to.status === 'COMPLETED' ? 'webhook-ok' : 'webhook-failed', 1));
    if (ended.durationMs !== null)
      measures.push({ name: 'webhook-ms', unit: 'Milliseconds', value: ended.durationMs });
    // What is delivered once more was told long ago.
    if (to.status === 'COMPLETED' && to.reopened === 0 && ended.completedAt !== null)
      measures.push({
        name: 'webhook-told-after',
        unit: 'Milliseconds',
        value: Math.max(0, ended.completedAt - to.createdAt),
      });
  }
  if (to.status === 'FAILED') measures.push(count('webhook-given-up', 1));
  return measures;
}
