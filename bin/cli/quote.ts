/** `drawbridge quote`: what a withdrawal would come to. */
import type { QuoteRequest } from '../../client/src/index.ts';
import { usageError } from '../command.ts';
import { apiOf, type Command, noWords, optionsIn, say, sayJson } from './command-line.ts';
import { exits } from './exits.ts';

const text = { type: 'string' } as const;

export const quote: Command = {
  usage: `usage: drawbridge quote --amount <100.00> --network <base> (--wallet <id> | --currency <USD>) [--asset <USDC>]

It binds nobody and moves nothing.`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      ...{ amount: text, network: text, wallet: text, currency: text, asset: text },
    });
    noWords(positionals);
    const { wallet, currency, asset = 'USDC' } = values;
    const amount = values.amount ?? usageError('quote needs --amount.');
    const network = values.network ?? usageError('quote needs --network.');
    if ((wallet === undefined) === (currency === undefined))
      usageError('quote takes either --wallet or --currency.');
    const of = wallet === undefined ? { currency } : { walletId: wallet };
    // The API says which currencies, assets and networks there are.
    const asked = { ...of, amount, network, asset } as QuoteRequest;
    const told = await apiOf().drawbridge.quotes.create(asked);
    if (values.json) sayJson(told);
    else {
      say(
        `arrives  ${told.payout.amount} ${told.payout.asset}, in about ${told.estimatedSeconds} s`,
      );
      for (const one of told.fees) say(`fee      ${one.amount} ${one.currency} (${one.type})`);
      say(`until    ${told.expiresAt}`);
    }
    return exits.done;
  },
};
