/** The client. What it has no method for is called by its name. */

import { WithdrawalBatches } from './batches.ts';
import {
  type AnswerOf,
  type CallOptions,
  type Connection,
  type InputOf,
  type OperationName,
  request,
} from './calls.ts';
import { WrongCall } from './errors.ts';
import { Networks, Quotes } from './networks.ts';
import { type Answer, verifySettings } from './sending.ts';
import { Wallets } from './wallets.ts';
import { WebhookEndpoints } from './webhook-endpoints.ts';
import { Withdrawals } from './withdrawals.ts';

export type Options = {
  /** A key of the API, such as `npm run keys -- create` prints. */
  apiKey: string;
  /** Where the API is, such as `https://payouts.example.com`. */
  baseUrl: string;
  /** How often a call is sent again that may be: 4 by default. */
  retries?: number;
  /** How long one attempt may take, in milliseconds: 35,000 by default, more than the API itself takes at most. */
  timeoutMs?: number;
  /** What sends requests; the runtime's own by default. */
  fetch?: typeof fetch;
};

const [retriesByDefault, timeoutByDefault] = [4, 35_000];

/**
 * Asks one API with one key.
 *
 * What was not answered is sent again: the same bytes, with the same Idempotency-Key, after a network error, a 429 (when
 * `Retry-After` says) and a 5xx. A call without a key that would do something twice is not.
 *
 * @example
 * const client = new Drawbridge({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'dk_local_alice' });
 */
export class Drawbridge {
  readonly withdrawals: Withdrawals;
  readonly withdrawalBatches: WithdrawalBatches;
  readonly quotes: Quotes;
  readonly networks: Networks;
  readonly wallets: Wallets;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly #connection: Connection;

  constructor({
    apiKey,
    baseUrl,
    retries = retriesByDefault,
    timeoutMs = timeoutByDefault,
    fetch: given,
  }: Options) {
    if (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey))
      throw new WrongCall('The apiKey is missing, or has characters that no key has.');
    if (!isBaseUrl(baseUrl))
      throw new WrongCall(`The baseUrl is no address of an API: ${JSON.stringify(baseUrl)}.`);
    verifySettings({ retries, timeoutMs });
    // Some runtimes refuse their own fetch when it is called as a method of something else.
    const ask: typeof fetch = given ?? ((...sent) => globalThis.fetch(...sent));
    this.#connection = {
      apiKey,
      baseUrl: baseUrl.replace(/\/+$/, ''),
      retries,
      timeoutMs,
      fetch: ask,
    };
    this.withdrawals = new Withdrawals(this.#connection);
    this.withdrawalBatches = new WithdrawalBatches(this.#connection);
    this.quotes = new Quotes(this.#connection);
    this.networks = new Networks(this.#connection);
    this.wallets = new Wallets(this.#connection);
    this.webhookEndpoints = new WebhookEndpoints(this.#connection);
  }

  /**
   * Calls any operation of the OpenAPI document by its `operationId`, with its path, query, body and Idempotency-Key.
   *
   * @example
   * const stats = await drawbridge.call('getWebhookStats', {});
   * const page = await drawbridge.call('listWithdrawals', { query: { limit: 10 } });
   */
  async call<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    options?: CallOptions,
  ): Promise<AnswerOf<N>> {
    return (await this.request(name, input, options)).data;
  }

  /**
   * As `call`, with the status and the headers of the answer.
   *
   * @example
   * const { status, headers, data } = await drawbridge.request('getWallet', { path: { walletId } });
   * console.log(status, headers.get('x-amzn-requestid'), data.available);
   */
  request<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<N>>> {
    return request(name, input, this.#connection, options);
  }
}

/** Paths are put behind it, so it has none of what stands behind a path; and fetch refuses credentials in it. */
function isBaseUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { search, hash, username, password } = new URL(text);
  return search === '' && hash === '' && username === '' && password === '' && !/[?#]/.test(text);
}
