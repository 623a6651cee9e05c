/** Sends a client the signed events of its withdrawals, in order, until each is answered 2xx or given up. */
import { bootDeliver } from '../boot/deliver.ts';

export const handler = bootDeliver('webhook');
