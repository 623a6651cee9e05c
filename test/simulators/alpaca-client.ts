/** A client of Alpaca for tests, which sends the right headers and uses the control endpoint. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AlpacaSimulator } from '../../local/simulators/alpaca/alpaca.ts';
import {
  type AlpacaIdentity,
  type AlpacaOptions,
  runAlpaca,
} from '../../local/simulators/alpaca/service.ts';

export const alice = 'a11ce000-0000-4000-8000-000000000001';
export const bob = 'b0b00000-0000-4000-8000-000000000001';

export type Answer = { status: number; body: Record<string, unknown>; headers: Headers };
export type JournalBody = { id: string; status: string; net_amount: string; description: string };

/**
 * Alpaca in the thread of the test, for one of its own would load the code anew each time. That it starts in one is seen by
 * test/local/outside-world.test.ts.
 */
export async function alpacaBeside(options: AlpacaOptions): Promise<AlpacaSimulator> {
  const { identity, stop } = await runAlpaca(options);
  return { ...identity, stop };
}

/** One with a directory of its own, which goes when it is stopped. */
export async function startAlpaca(options: Partial<AlpacaOptions> = {}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'alpaca-'));
  const alpaca = await alpacaBeside({ dataDir, accounts: [alice, bob], ...options });
  const stop = async (): Promise<void> => {
    await alpaca.stop();
    rmSync(dataDir, { recursive: true });
  };
  return { ...alpaca, dataDir, stop };
}

export async function ask(
  alpaca: AlpacaIdentity,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const basic = Buffer.from(`${alpaca.keyId}:${alpaca.secretKey}`).toString('base64');
  const response = await fetch(alpaca.baseUrl + path, {
    method,
    headers: { authorization: `Basic ${basic}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    headers: response.headers,
  };
}

/** A journal from alice to the firm, unless `given` says otherwise. */
export const journalOf = (alpaca: AlpacaIdentity, amount: string, given: object = {}) => ({
  entry_type: 'JNLC',
  from_account: alice,
  to_account: alpaca.firmAccountId,
  amount,
  description: 'wd_1',
  ...given,
});

export async function journal(
  alpaca: AlpacaIdentity,
  amount: string,
  given: object = {},
): Promise<JournalBody> {
  const made = await ask(alpaca, 'POST', '/v1/journals', journalOf(alpaca, amount, given));
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return made.body as unknown as JournalBody;
}

export const read = async (alpaca: AlpacaIdentity, id: string): Promise<JournalBody> =>
  (await ask(alpaca, 'GET', `/v1/journals/${id}`)).body as unknown as JournalBody;

export type Truth = {
  accounts: { id: string; cash: string }[];
  movements: { from: string; to: string; amount: string; kind: string; description: string }[];
  journals: { id: string; status: string; amount: string; corrects: string | null }[];
  wires: { id: string; amount: string; fee: string; status: string; information: string }[];
};
export const truth = async (alpaca: AlpacaIdentity): Promise<Truth> =>
  (await ask(alpaca, 'GET', '/_truth')).body as Truth;

export const cashOf = async (alpaca: AlpacaIdentity, id: string): Promise<string | undefined> =>
  (await truth(alpaca)).accounts.find((one) => one.id === id)?.cash;

/** Acts on a journal, by its id or description, as Alpaca's staff can. */
export const act = (alpaca: AlpacaIdentity, name: string, what: object): Promise<Answer> =>
  ask(alpaca, 'POST', `/_journals/${encodeURIComponent(name)}`, what);
