/**
 * The same for what sweep rings for: retries, and whatever endpoints are told that are slow or failing. It has a queue and a
 * concurrency of its own, so that who waits for a receiver that does not answer takes no place from those that do.
 */
import { bootDeliver } from '../boot/deliver.ts';

export const handler = bootDeliver('webhook-retry');
