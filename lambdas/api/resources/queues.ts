/** What waits in the queues, the dead letters, and whatever else somebody has rung for. */
import { dynamoDiscards } from '../../adapters/dynamo/discards.ts';
import { bootErrand, bootLetters } from '../../boot/dead-letters.ts';
import { sendErrand } from '../../boot/errands.ts';
import { logger } from '../../boot/observe.ts';
import { bootStore } from '../../boot/store.ts';
import { database, tables } from '../../boot/tables.ts';
import { clock } from '../../boot/world.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { isLetterBox, letterBoxes, showLetters } from '../../core/operations/dead-letters.ts';
import { discard } from '../../core/operations/discard.ts';
import { loggedAs } from '../../core/operations/principal.ts';
import { redrive } from '../../core/operations/redrive.ts';
import { namesNobody, refuse } from '../../core/requests/problem.ts';
import { apiHandler } from '../http.ts';
import { handlers as counted } from './stats.ts';

const letters = bootLetters();
const errand = bootErrand();
const store = bootStore();
const discards = dynamoDiscards(database(), tables());

const noSuchStep = refuse('NOT_FOUND', `There are dead letters of: ${letterBoxes.join(', ')}.`);

const nobody = namesNobody('and who takes a dead letter away is kept.');
const noSuchLetter = refuse(
  'NOT_FOUND',
  'There is no such dead letter, or it cannot be seen now: another one of its message group is before it, or somebody has it in hand.',
);
const sendItBack = refuse(
  'CONFLICT',
  'It can be read, and is not taken away: redrive it, and it is gone.',
);

export const handler = apiHandler({
  ...counted,
  getDeadLetters: async ({ path: { step } }) => {
    if (!isLetterBox(step)) return noSuchStep;
    const gone = await discards.discards(step);
    return { status: 200, body: await showLetters(store, letters, gone, step) };
  },
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
  discardDeadLetter: async ({ path: { step }, by, principal, body: { messageId, reason } }) => {
    if (!isLetterBox(step)) return noSuchStep;
    if (principal === null) return nobody;
    const asked = { messageId, by: principal, callerId: by, reason, at: clock.now() };
    const is = await discard(letters, discards, step, asked);
    logger.warn('dead letter', { step, messageId, by: loggedAs(by), is });
    if (is === 'not-there') return noSuchLetter;
    return is === 'readable'
      ? sendItBack
      : { status: 200, body: { step, messageId, status: 'DISCARDED' } };
  },
});
