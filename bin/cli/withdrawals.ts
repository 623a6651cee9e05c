/** `drawbridge withdraw|get|list|cancel|follow`. */
import { randomUUID } from 'node:crypto';
import {
  type api,
  type InputOf,
  isDrawbridgeError,
  type NewWithdrawal,
} from '../../client/src/index.ts';
import { printTable, usageError } from '../command.ts';
import {
  apiOf,
  type Command,
  countOf,
  note,
  noWords,
  onlyWord,
  optionsIn,
  say,
  sayFields,
  sayJson,
  untilInterrupted,
} from './command-line.ts';
import { type Exit, exits } from './exits.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

export const withdraw: Command = {
  usage: `usage: drawbridge withdraw --wallet <id> --amount <10.00> --network <base> --to <address> [options]

  --asset <USDC>            what is paid
  --idempotency-key <key>   which payment this is. The same key again is the same payment; without it one is made up and shown
  --reference <text>        your own name for it
  --metadata <name=value>   as often as you like
  --max-retries <0-10>      how often a step whose failure is proven harmless is tried again
  --wait                    prints what happens until it has ended, as follow does`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      ...{ wallet: text, amount: text, network: text, to: text, asset: text, reference: text },
      ...{ 'idempotency-key': text, 'max-retries': text, wait: flag },
      metadata: { type: 'string', multiple: true },
    });
    noWords(positionals);
    const needed = (name: 'wallet' | 'amount' | 'network' | 'to'): string =>
      values[name] ?? usageError(`withdraw needs --${name}.`);
    const body = {
      ...{ walletId: needed('wallet'), amount: needed('amount'), asset: values.asset ?? 'USDC' },
      ...{ network: needed('network'), destinationAddress: needed('to') },
      ...(values.reference === undefined ? {} : { reference: values.reference }),
      ...(values.metadata === undefined ? {} : { metadata: pairsIn(values.metadata) }),
      ...(values['max-retries'] === undefined
        ? {}
        : { maxRetries: retriesIn(values['max-retries']) }),
    };
    const { drawbridge } = apiOf();
    const idempotencyKey = values['idempotency-key'] ?? randomUUID();
    // It is said before it is sent: whoever gets no answer can send the same again.
    if (values['idempotency-key'] === undefined)
      note(`Idempotency-Key ${idempotencyKey} (if this ends without an answer: --idempotency-key)`);
    // The API says which assets and networks there are.
    const made = await drawbridge.withdrawals.create(body as NewWithdrawal, { idempotencyKey });
    if (values.wait) return followed(made.id, values.json === true, undefined);
    shown(made, values.json);
    return exits.done;
  },
};

function pairsIn(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at < 1) return usageError(`--metadata takes name=value, not "${one}".`);
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}

const retriesIn = (given: string): number =>
  /^(10|\d)$/.test(given) ? Number(given) : usageError('--max-retries takes 0 to 10.');

const shown = (value: object, json: boolean | undefined): void =>
  json ? sayJson(value) : sayFields(value);

/** What an id is of, by how it begins. */
const byKind: Record<string, (id: string) => Promise<object>> = {
  wd: (id) => apiOf().drawbridge.withdrawals.get(id),
  wal: (id) => apiOf().drawbridge.wallets.get(id),
  we: (id) => apiOf().drawbridge.webhookEndpoints.get(id),
  del: (id) => apiOf().drawbridge.call('getWebhookDelivery', { path: { id } }),
};

export const get: Command = {
  usage: `usage: drawbridge get <id>

  <id>   of a withdrawal (wd_…), a wallet (wal_…), a webhook endpoint (we_…) or a delivery (del_…)`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {});
    const id = onlyWord(positionals, 'one id');
    const kind = id.split('_')[0] ?? '';
    const ask = Object.hasOwn(byKind, kind) ? byKind[kind] : undefined;
    if (ask === undefined) return usageError(`"${id}" begins with none of wd_, wal_, we_, del_.`);
    shown(await ask(id), values.json);
    return exits.done;
  },
};

const columns = {
  withdrawals: (one: api.Withdrawal) => [one.id, one.status, one.stage, one.amount, one.createdAt],
  wallets: (one: api.Wallet) => [one.id, one.status, one.available, one.held, one.currency],
  endpoints: (one: api.WebhookEndpoint) => [one.id, String(one.enabled), one.url],
};

export const list: Command = {
  usage: `usage: drawbridge list [withdrawals|wallets|endpoints] [options]

  --limit <50>      how many at most
  --wallet <id> --status <COMPLETED> --reference <text> --idempotency-key <key> --network <base> --batch <id>
  --after <time> --before <time>                                of withdrawals, together; times as 2026-05-31T00:00:00Z
  --json            one a line`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      ...{ limit: text, wallet: text, status: text, reference: text, 'idempotency-key': text },
      ...{ network: text, batch: text, after: text, before: text },
    });
    const what = positionals.length === 0 ? 'withdrawals' : onlyWord(positionals, 'one list');
    const max = countOf('--limit', values.limit) ?? 50;
    // One that is given and empty is a filter, too: a script's variable that is not set must not list everything.
    const given = {
      ...{ walletId: values.wallet, reference: values.reference, network: values.network },
      ...{ idempotencyKey: values['idempotency-key'], batchId: values.batch },
      ...{ createdAfter: values.after, createdBefore: values.before, status: values.status },
    };
    const there = Object.entries(given).filter(([, value]) => value !== undefined);
    // The API says which networks and statuses there are.
    const filters = Object.fromEntries(there) as NonNullable<InputOf<'listWithdrawals'>['query']>;
    if (what !== 'withdrawals' && there.length > 0) usageError('Only withdrawals are filtered.');
    const { drawbridge } = apiOf();
    if (what === 'withdrawals')
      return listed(
        drawbridge.withdrawals.list({ ...filters, limit: Math.min(max, 100) }),
        ['ID', 'STATUS', 'STAGE', 'AMOUNT', 'CREATED'],
        columns.withdrawals,
        { max, json: values.json },
      );
    const how = { max, json: values.json };
    if (what === 'wallets') {
      const names = ['ID', 'STATUS', 'AVAILABLE', 'HELD', 'CURRENCY'];
      return listed(drawbridge.wallets.list(), names, columns.wallets, how);
    }
    if (what === 'endpoints') {
      const names = ['ID', 'ENABLED', 'URL'];
      return listed(drawbridge.webhookEndpoints.list(), names, columns.endpoints, how);
    }
    return usageError(`There is no list of "${what}".`);
  },
};

async function listed<T>(
  all: AsyncIterable<T>,
  names: readonly string[],
  cells: (one: T) => readonly string[],
  { max, json }: { max: number; json: boolean | undefined },
): Promise<Exit> {
  const rows: (readonly string[])[] = [];
  let count = 0;
  for await (const one of all) {
    if (++count > max) {
      note(`There are more than ${max}: --limit`);
      break;
    }
    if (json) sayJson(one);
    else rows.push(cells(one));
  }
  if (!json) printTable([names, ...rows]);
  return exits.done;
}

export const cancel: Command = {
  usage: 'usage: drawbridge cancel <withdrawal id>',
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {});
    const made = await apiOf().drawbridge.withdrawals.cancel(onlyWord(positionals, 'one id'));
    shown(made, values.json);
    if (!values.json && made.status !== 'CANCELLED')
      note('It is cancelled when its money has been given back: follow shows when.');
    return exits.done;
  },
};

export const follow: Command = {
  usage: `usage: drawbridge follow <withdrawal id> [--timeout <seconds>]

  --json   the events of its timeline, one a line, and at last the withdrawal`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, { timeout: text });
    const id = onlyWord(positionals, 'one withdrawal');
    return followed(id, values.json === true, countOf('--timeout', values.timeout));
  },
};

const waitSeconds = 24 * 3_600;

/** Prints what happens to a withdrawal until it has ended. */
async function followed(id: string, json: boolean, seconds = waitSeconds): Promise<Exit> {
  const { drawbridge } = apiOf();
  const signal = untilInterrupted();
  let told = 0;
  const tell = async () => {
    for (const one of await drawbridge.withdrawals.events(id, { signal })) {
      if (one.sequence <= told) continue;
      told = one.sequence;
      if (json) sayJson(one);
      else
        say(
          `${one.at}  ${one.stage.padEnd(10)} ${one.status.padEnd(10)} ${one.detail ?? ''}`.trimEnd(),
        );
    }
  };
  try {
    // Events are asked for with each change; they are in order, so none is missed between two looks.
    let telling = tell();
    const onChange = () => {
      telling = telling.then(tell);
      // Whoever awaits it is told; until then it must not end the process.
      telling.catch(() => {});
    };
    const waiting = drawbridge.withdrawals.waitFor(id, {
      ...{ signal, timeoutMs: seconds * 1_000, onChange },
    });
    const [ended] = await Promise.all([waiting, telling]);
    await telling;
    await tell();
    if (json) sayJson(ended);
    else say(endOf(ended));
    return ended.status === 'COMPLETED' ? exits.done : exits.notCompleted;
  } catch (error) {
    if (signal.aborted) return exits.interrupted;
    if (!isDrawbridgeError(error) || error.code !== 'TIMED_OUT' || error.attempts === 0)
      throw error;
    note(error.message);
    return exits.stillMoving;
  }
}

function endOf({ status, payout, txHash, failure }: api.Withdrawal): string {
  if (status === 'COMPLETED') return `COMPLETED: ${payout?.amount} ${payout?.asset}, ${txHash}`;
  if (status === 'REVIEW') return 'REVIEW: a person decides; the money is held until then.';
  return `${status}${failure === null ? '' : `: ${failure.code}. ${failure.message}`}`;
}
