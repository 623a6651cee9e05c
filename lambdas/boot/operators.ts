/** Builds what operators read and decide with. */
import { dynamoProposals } from '../adapters/dynamo/proposals.ts';
import { dynamoWires } from '../adapters/dynamo/wires.ts';
import type { FourEyesWorld } from '../core/operations/four-eyes.ts';
import { passMs } from './settings.ts';
import { bootStore } from './store.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootFourEyes = (): FourEyesWorld => ({
  store: { ...bootStore(), ...dynamoWires(database(), tables()) },
  proposals: dynamoProposals(database(), tables()),
  clock,
  dueAfterMs: passMs(),
});
