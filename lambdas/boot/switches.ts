/** Builds the switches: one read serves a worker for two seconds, and what cannot be read is off. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { dynamoTurns } from '../adapters/dynamo/switches.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { makeSwitches, type Switches, type SwitchStore } from '../core/switches/switches.ts';
import { logger, metrics } from './observe.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

export const bootTurns = (): Pick<SwitchStore, 'turns'> => dynamoTurns(database(), tables());

export const bootSwitches = (): Switches =>
  makeSwitches(bootTurns(), clock, (error) => {
    logger.error('switches cannot be read', { error: errorName(error), why: whyOf(error) });
    metrics.addMetric('switches-unread', MetricUnit.Count, 1);
  });
