/** A client of Due for tests, which sends the right headers and receives events. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Address, Hex } from 'viem';
import { treasury } from '../../local/chains/dev-accounts.ts';
import type { DueSimulator } from '../../local/simulators/due/due.ts';
import { type DueOptions, runDue } from '../../local/simulators/due/service.ts';

export type Answer = { status: number; body: Record<string, unknown> };
export type TransferBody = {
  id: string;
  status: string;
  source: { amount: string; fee: string; virtualAccountId?: string };
  destination: {
    amount: string;
    confirmation?: { kind: string; network: string; hash: Hex; eventIdx: number };
  };
  transferInstructions: { memo: string };
  breakdown: { leg: string; component: string; amount: string }[];
  createdAt: string;
};

/** A chain whose node does not answer: what is approved is never paid. */
export const nowhere = { rpcUrl: 'http://127.0.0.1:1', token: treasury.address };

/**
 * Due in the thread of the test, for one of its own would load the code anew each time. That it starts in one is seen by
 * whatever kills it (hold-due.ts), and by every end-to-end suite.
 */
export async function dueBeside(options: DueOptions): Promise<DueSimulator> {
  const { identity, stop } = await runDue(options);
  return { ...identity, stop };
}

/** One with a directory of its own, which goes when it is stopped. Unless `chains` says otherwise, it can pay nobody. */
export async function startDue(options: Partial<DueOptions> = {}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'due-'));
  const due = await dueBeside({
    ...{ dataDir, chains: { ethereum: nowhere }, eventsUrl: null },
    ...options,
  });
  const stop = async (): Promise<void> => {
    await due.stop();
    rmSync(dataDir, { recursive: true });
  };
  return { ...due, dataDir, stop };
}

export async function ask(
  due: DueSimulator,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(due.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${due.apiKey}`, 'due-account-id': due.accountId, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Calls a control endpoint of the simulator, which needs no key. */
export async function control(due: DueSimulator, path: string, body?: object): Promise<Answer> {
  const response = await fetch(due.baseUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export type Truth = { transfers: Record<string, unknown>[]; receipts: Record<string, unknown>[] };
export const truthOf = async (due: DueSimulator): Promise<Truth> =>
  (await control(due, '/_truth')).body as unknown as Truth;
/** The truth about one transfer. */
export const truthAbout = async (due: DueSimulator, id: string) =>
  (await truthOf(due)).transfers.find((one) => one['id'] === id);

export const quoteFor = (amount: string, rail = 'ethereum', payIn = 'ach') => ({
  source: { rail: payIn, currency: 'USD', amount },
  destination: { rail, currency: 'USDC', amount: '0' },
});

export async function link(due: DueSimulator, address: Address): Promise<string> {
  const { body } = await ask(due, 'POST', '/v1/wallets', { address: `evm:${address}` });
  return String(body['id']);
}

/** Makes a quote and its transfer. */
export async function convert(
  due: DueSimulator,
  amount: string,
  recipient: string,
  payIn = 'ach',
): Promise<TransferBody> {
  const quote = quoteFor(amount, 'ethereum', payIn);
  const { body } = await ask(due, 'POST', '/v1/transfers/quote', quote);
  const made = await ask(due, 'POST', '/v1/transfers', { quote: body['token'], recipient });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return made.body as unknown as TransferBody;
}

export const read = async (due: DueSimulator, id: string): Promise<TransferBody> =>
  (await ask(due, 'GET', `/v1/transfers/${id}`)).body as unknown as TransferBody;

/** Looks until it finds something. It throws after a while, because an endless loop would keep the test run alive. */
export async function until<Fact>(look: () => Promise<Fact | null | false>): Promise<Fact> {
  const deadline = Date.now() + 45_000;
  while (Date.now() < deadline) {
    const fact = await look();
    if (fact !== null && fact !== false) return fact;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen');
}

/** The transfer, once it has this status. */
export const reaches = (due: DueSimulator, id: string, status: string): Promise<TransferBody> =>
  until(async () => {
    const transfer = await read(due, id);
    return transfer.status === status && transfer;
  });

export type Received = { text: string; signature: string };

/** Answers events with the statuses given, then with 200. */
export async function listen(...statuses: number[]): Promise<{
  url: string;
  received: Received[];
  stop(): void;
}> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ text, signature: String(request.headers['x-webhook-signature']) });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
