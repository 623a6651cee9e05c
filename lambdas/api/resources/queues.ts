/** What waits in the queues, the dead letters, and whatever else somebody has rung for. */
import { bootErrand, bootLetters } from '../../boot/dead-letters.ts';
import { sendErrand } from '../../boot/errands.ts';
import { logger } from '../../boot/observe.ts';
import { bootStore } from '../../boot/store.ts';
import { clock } from '../../boot/world.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { isLetterBox, letterBoxes, showLetters } from '../../core/operations/dead-letters.ts';
import { loggedAs } from '../../core/operations/principal.ts';
import { redrive } from '../../core/operations/redrive.ts';
import { refuse } from '../../core/requests/problem.ts';
import { apiHandler } from '../http.ts';
import { handlers as counted } from './stats.ts';

const letters = bootLetters();
const errand = bootErrand();
const store = bootStore();

const noSuchStep = refuse('NOT_FOUND', `There are dead letters of: ${letterBoxes.join(', ')}.`);

export const handler = apiHandler({
  ...counted,
  getDeadLetters: async ({ path: { step } }) =>
    isLetterBox(step) ? { status: 200, body: await showLetters(store, letters, step) } : noSuchStep,
  // The function that runs on the hour compares: it has more time than API Gateway waits.
  startReconciliation: async () => {
    const requestedAt = timeOf(clock.now());
    await sendErrand('RECONCILE', { requestedAt });
    return { status: 202, body: { requestedAt } };
  },
  redriveDeadLetters: async ({ path: { step }, by }) => {
    if (!isLetterBox(step)) return noSuchStep;
    const redriven = await redrive(letters, errand, step);
    logger.warn('redrive', { step, by: loggedAs(by), ...redriven });
    return { status: 202, body: { step, ...redriven } };
  },
});
