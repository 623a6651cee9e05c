/** Builds what puts events on the bus. */
import { eventBridgeBus, eventBridgeClient } from '../adapters/aws/event-bus.ts';
import { makeBus } from '../core/outbox/bus.ts';
import { required } from './environment.ts';
import { clock } from './world.ts';

export const bootBus = () =>
  makeBus(eventBridgeBus(eventBridgeClient(), required('EVENT_BUS')), clock);

export const busDeadLettersUrl = (): string => required('BUS_DEAD_LETTERS_URL');
