/**
 * Builds the switches: one read serves a worker for two seconds, and what cannot be read is off. Mostly it is no call of its own, for
 * the switches travel with what the worker reads anyway.
 */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { dynamoTurns, turnsAlong } from '../adapters/dynamo/switches.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import {
  makeSwitches,
  type Switches,
  type SwitchStore,
  switchMemoryMs,
  switchReadMs,
} from '../core/switches/switches.ts';
import { logger, metrics } from './observe.ts';
import { database, riding, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootTurns = (): Pick<SwitchStore, 'turns'> => dynamoTurns(database(), tables());

export const bootSwitches = (): Switches =>
  makeSwitches(
    turnsAlong(database(), tables(), riding(), switchReadMs),
    clock,
    (error) => {
      logger.error('switches cannot be read', { error: errorName(error), why: whyOf(error) });
      metrics.addMetric('switches-unread', MetricUnit.Count, 1);
    },
    switchMemoryMs - switchReadMs,
  );
