/**
 * Calls that do not compile. TypeScript holds each: a comment that expects an error where there is none is an error itself.
 * This file is checked with the rest of the project, and against the package as it is installed (package.test.ts).
 */
import { Drawbridge, isDrawbridgeError, verifyWebhook } from '@drawbridge/client';

const drawbridge = new Drawbridge({ baseUrl: 'https://api.example', apiKey: 'dk_x' });
const body = {
  walletId: 'wal_1',
  amount: '10.00',
  asset: 'USDC',
  network: 'base',
  destinationAddress: '0x1',
} as const;
const keyed = { idempotencyKey: 'k' };

export async function wrong(): Promise<void> {
  // @ts-expect-error Without a key a payment that is sent again is another payment.
  await drawbridge.withdrawals.create(body);
  // @ts-expect-error The key is not optional.
  await drawbridge.withdrawals.create(body, {});
  // @ts-expect-error An amount is text: a number of JavaScript loses digits.
  await drawbridge.withdrawals.create({ ...body, amount: 10 }, keyed);
  // @ts-expect-error There is no such asset.
  await drawbridge.withdrawals.create({ ...body, asset: 'USDX' }, keyed);
  // @ts-expect-error There is no such network.
  await drawbridge.withdrawals.create({ ...body, network: 'bsae' }, keyed);
  // @ts-expect-error Polygon's coin is not ether.
  await drawbridge.withdrawals.create({ ...body, asset: 'ETH', network: 'polygon' }, keyed);
  // @ts-expect-error Dollars on Bitcoin are none.
  await drawbridge.quotes.create({ ...body, network: 'bitcoin' });
  await drawbridge.withdrawals.create({ ...body, asset: 'BTC', network: 'bitcoin' }, keyed);
  // @ts-expect-error There is no such field.
  await drawbridge.withdrawals.create({ ...body, to: '0x1' }, keyed);
  const { destinationAddress, ...without } = body;
  // @ts-expect-error An address is missing.
  await drawbridge.withdrawals.create(without, keyed);
  // @ts-expect-error There is no such status.
  drawbridge.withdrawals.list({ status: 'DONE' });
  // @ts-expect-error A list is gone through by for await.
  for (const one of drawbridge.withdrawals.list()) console.log(one);
  // @ts-expect-error It may be null.
  console.log((await drawbridge.withdrawals.getByIdempotencyKey('k')).id, destinationAddress);
  // @ts-expect-error A withdrawal that rests is not pending.
  if ((await drawbridge.withdrawals.waitFor('wd_1')).status === 'PENDING') console.log('?');
  // @ts-expect-error A transaction has a key too.
  await drawbridge.wallets.transact('wal_1', { type: 'CREDIT', amount: '1.00' });
  // @ts-expect-error There is no such kind of transaction.
  await drawbridge.wallets.transact('wal_1', { type: 'GIFT', amount: '1.00' }, keyed);
  // @ts-expect-error A quote is of a wallet or of a currency, and not of both.
  await drawbridge.quotes.create({ ...body, currency: 'USD' });
  // @ts-expect-error Each line of a batch has a key.
  await drawbridge.withdrawalBatches.create([body], keyed);
  // @ts-expect-error There is no such operation.
  await drawbridge.call('payMe', {});
  // @ts-expect-error This operation takes a path.
  await drawbridge.call('getWallet', {});
  // @ts-expect-error A body is not taken where there is none.
  await drawbridge.call('getWallet', { path: { walletId: 'wal_1' }, body: {} });
  const event = await verifyWebhook('whsec_x', { headers: {}, body: '' });
  // @ts-expect-error Only some events are about a withdrawal.
  console.log(event.data.txHash);
  if (event.type === 'withdrawal.completed') console.log(event.data.txHash);
  // @ts-expect-error There is no such event.
  if (event.type === 'withdrawal.vanished') console.log('?');
}

export function wrongCatch(error: unknown): string {
  if (!isDrawbridgeError(error)) throw error;
  // @ts-expect-error Only a limit says when it ends.
  console.log(error.resetsAt);
  // @ts-expect-error There is no such code.
  if (error.code === 'NO_MONEY') return 'none';
  if (error.code === 'LIMIT_EXCEEDED') return error.resetsAt ?? '';
  if (error.code === 'CONNECTION_FAILED') return String(error.mayBeDone);
  if ('problem' in error) return error.requestId;
  // What is left after these is known, too.
  return error.code satisfies 'TIMED_OUT' | 'UNEXPECTED_ANSWER' | 'WRONG_CALL';
}
