/** Reads where the queues are. */
import type { Step } from '../core/kernel/steps.ts';
import { required } from './environment.ts';

export const queueUrl = (step: Step): string =>
  required(`QUEUE_URL_${step.toUpperCase().replaceAll('-', '_')}`);
