/** What `npm run bench` is asked to measure. */
import { parseArgs } from 'node:util';
import { commandLine, countIn } from './command.ts';

const usage = `usage: npm run bench [-- options]
       npm run bench -- webhooks [--count <events>] [--rate <events a second>]
       npm run bench -- start

  --count <withdrawals>  so many; without it 2000
  --clients <number>     so many send at a time; without it 64
  --rate <number>        instead of clients: so many a second, whether others have been answered or not
  --wallets <a,b>        a run with that many wallets for each; without it 1,200
  --currency <a,b>       of the wallets, a run for each; without it USD,USDC
  --keep                 leaves data and logs, and says where`;

const measured = ['withdrawals', 'webhooks', 'start'] as const;

export const benchOptions = () =>
  commandLine(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        count: { type: 'string' },
        rate: { type: 'string' },
        clients: { type: 'string', default: '64' },
        wallets: { type: 'string', default: '1,200' },
        currency: { type: 'string', default: 'USD,USDC' },
        keep: { type: 'boolean', default: false },
      },
    });
    const [named = 'withdrawals', ...more] = positionals;
    const what = measured.find((one) => one === named);
    if (more.length > 0 || what === undefined)
      throw new Error(`"${positionals.join(' ')}" is nothing that can be measured.`);
    return {
      what,
      count: countIn('--count', values.count ?? (what === 'webhooks' ? '5000' : '2000')),
      rate: values.rate === undefined ? null : countIn('--rate', values.rate),
      clients: countIn('--clients', values.clients),
      walletCounts: values.wallets.split(',').map((text) => countIn('--wallets', text)),
      currencies: values.currency.split(','),
      keep: values.keep,
    };
  });
