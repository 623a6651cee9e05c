/** What may be asked before anything is paid: where it can be paid, to which address, and what it would come to. */
import { type AnswerOf, type CallOptions, type Connection, request } from './calls.ts';
import type { CreateQuote, Quote, Withdrawal } from './generated/types.ts';

export type NetworkName = Withdrawal['network'];

/** Which asset is paid on which network, where the operator has set it up (`networks.list`). */
export type Route =
  | { asset: 'USDC'; network: Exclude<NetworkName, 'bitcoin'> }
  | { asset: 'ETH'; network: 'ethereum' | 'base' | 'arbitrum' }
  | { asset: 'SOL'; network: 'solana' }
  | { asset: 'BTC'; network: 'bitcoin' };

export class Networks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * What can be paid now, and how long it takes.
   *
   * @example
   * for (const { network, assets, status } of await drawbridge.networks.list())
   *   console.log(network, assets, status);
   */
  async list(options?: CallOptions): Promise<AnswerOf<'listNetworks'>['data']> {
    return (await request('listNetworks', {}, this.#connection, options)).data.data;
  }

  /**
   * Whether a withdrawal to this address would be accepted, by the same rules.
   *
   * @example
   * const { valid, reason } = await drawbridge.networks.validateAddress('base', destinationAddress);
   */
  async validateAddress(
    network: NetworkName,
    address: string,
    options?: CallOptions,
  ): Promise<AnswerOf<'validateAddress'>> {
    const input = { body: { network, address } };
    return (await request('validateAddress', input, this.#connection, options)).data;
  }
}

/** Of a wallet, or of a currency. */
export type QuoteRequest = Omit<CreateQuote, 'asset' | 'network' | 'walletId' | 'currency'> &
  Route &
  (
    | { walletId: string; currency?: never }
    | { currency: NonNullable<CreateQuote['currency']>; walletId?: never }
  );

export class Quotes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * What a withdrawal would come to. It binds nobody and moves nothing.
   *
   * @example
   * const { payout, fees } = await drawbridge.quotes.create({
   *   ...{ walletId, amount: '100.00', asset: 'USDC', network: 'base' },
   * });
   */
  async create(body: QuoteRequest, options?: CallOptions): Promise<Quote> {
    return (await request('createQuote', { body }, this.#connection, options)).data;
  }
}
