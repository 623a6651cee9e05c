/** The switches, and the processor, which operators turn off and on. */
import { dynamoSwitchStore } from '../../adapters/dynamo/switch-turns.ts';
import { logger } from '../../boot/observe.ts';
import { database, tables } from '../../boot/tables.ts';
import { clock } from '../../boot/world.ts';
import { loggedAs, type Principal } from '../../core/operations/principal.ts';
import {
  processorResourceOf,
  switchesResourceOf,
  switchResourceOf,
} from '../../core/operations/switch-resource.ts';
import { turn, turnProcessor } from '../../core/operations/turn.ts';
import { namesNobody, type Problem, refuse } from '../../core/requests/problem.ts';
import { isSwitchName } from '../../core/switches/switches.ts';
import { apiHandler } from '../http.ts';
import type { Handlers, Reply } from '../perform.ts';

const world = { store: dynamoSwitchStore(database(), tables()), clock };

/** How many turns of the past are shown. */
const historyShown = 50;
const nobody = namesNobody('and who turns a switch is kept.');
const busy = refuse('CONFLICT', 'It is being turned by others at this moment: look at it again.');

type Asked = {
  by: string;
  principal: Principal | null;
  body: { reason?: string | undefined } | undefined;
};

const process =
  (on: boolean) =>
  async ({ by, principal, body }: Asked): Promise<Reply | Problem> => {
    if (principal === null) return nobody;
    const reason = body?.reason ?? null;
    const done = await turnProcessor(world, on, { principal, callerId: by, reason });
    logger.warn('processor', { on, by: loggedAs(by), done: done !== null });
    return done === null ? busy : { status: 200, body: processorResourceOf(done.on, done.turn) };
  };

export const handlers = {
  listSwitches: async () => {
    const [turns, history] = await Promise.all([
      world.store.turns(),
      world.store.history(historyShown),
    ]);
    return { status: 200, body: switchesResourceOf(turns, history) };
  },
  turnSwitch: async ({ path: { name }, by, principal, body: { on, reason } }) => {
    if (!isSwitchName(name)) return refuse('NOT_FOUND', 'There is no such switch.');
    if (principal === null) return nobody;
    const turned = await turn(world, name, on, { principal, callerId: by, reason });
    logger.warn('switch', { name, on, by: loggedAs(by), done: turned !== null });
    return turned === null
      ? busy
      : { status: 200, body: switchResourceOf(name, new Map([[name, turned]])) };
  },
  getProcessor: async () => {
    const turned = (await world.store.turns()).get('processor');
    return { status: 200, body: processorResourceOf(turned?.on ?? true, turned) };
  },
  stopProcessor: process(false),
  startProcessor: process(true),
} satisfies Handlers;

export const handler = apiHandler(handlers);
