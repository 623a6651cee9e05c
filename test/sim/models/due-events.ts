/** Due's events about transfers, signed with Ed25519 over the raw body (due.readme.io/docs/webhook-security): hints, and some of them lies. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { WireRequest, World } from '../world.ts';
import { nanoTime } from './due-shapes.ts';
import type { DueOptions } from './due-ways.ts';
import { byWeight, hex, within } from './parts.ts';

const keyOf = (seed: string): KeyObject =>
  createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${seed.repeat(32)}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
/** Fixed, so that a run repeats. */
const signingKey = keyOf('d5');
const forgersKey = keyOf('f0');
/** PEM: what DUE_WEBHOOK_PUBLIC_KEY is in the simulated world. */
export const dueWebhookPublicKey = createPublicKey(signingKey)
  .export({ format: 'pem', type: 'spki' })
  .toString();

/** Posts an event about a transfer as it is now, or what chance makes of it. */
export function reporter(
  world: World,
  options: DueOptions,
  postEvent: (event: WireRequest) => void,
): (data: { id: string; status: string }) => void {
  const { random } = world;
  return (data) => {
    const how = byWeight(world, options.events);
    if (how === 'missing') return;
    const occurredAt = nanoTime(world.now());
    const post = (about: object, forgery?: 'another key' | 'another body' | 'no signature') => {
      const id = `wh_evt_${hex(random, 24)}`;
      return () => {
        const attemptedAt = nanoTime(world.now());
        const event = { id, type: 'transfer.status_changed', data: about, occurredAt, attemptedAt };
        const body = JSON.stringify(event);
        const signed = forgery === 'another body' ? JSON.stringify({ ...event, data }) : body;
        const key = forgery === 'another key' ? forgersKey : signingKey;
        const signature =
          forgery === 'no signature' ? {} : { 'x-webhook-signature': signatureOf(signed, key) };
        const headers = { 'content-type': 'application/json', ...signature };
        postEvent({ method: 'POST', path: '/v1/providers/due/events', headers, body });
      };
    };
    const send = post(data);
    world.after(within(world, options.eventMs), send);
    if (how === 'doubled') world.after(within(world, options.eventMs), send);
    if (how !== 'forged') return;
    const forgery = random.pick(['another key', 'another body', 'no signature'] as const);
    const status = data.status === 'payment_processed' ? 'failed' : 'payment_processed';
    world.after(within(world, options.eventMs), post({ ...data, status }, forgery));
  };
}

const signatureOf = (body: string, key: KeyObject): string =>
  sign(null, Buffer.from(body), key).toString('hex');
