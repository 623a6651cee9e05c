/** `drawbridge trigger`: makes the simulated providers of the local system do a thing (docs/simulators.md). */
import { localStack, printTable, usageError } from '../command.ts';
import { type Command, countOf, note, optionsIn, say, sayJson } from './command-line.ts';
import { type Exit, exits } from './exits.ts';

/** A request to the control endpoint of a simulator. A rule of faults or courses takes `times`. */
type Thing = { of: 'due' | 'alpaca' | 'nodes'; path: string; rule: object; does: string };

const things: Record<string, Thing> = {
  'on-ramp-down': {
    ...{ of: 'due', path: '/_faults', rule: { operation: '*', kind: 'error', status: 503 } },
    does: 'the on-ramp answers 503',
  },
  'on-ramp-lost-answer': {
    of: 'due',
    path: '/_faults',
    rule: { operation: 'transfer.create', kind: 'applied-then-timeout' },
    does: 'the on-ramp makes the transfer, and its answer is lost',
  },
  'on-ramp-slow': {
    ...{ of: 'due', path: '/_faults', rule: { operation: '*', kind: 'slow', byMs: 5_000 } },
    does: 'the on-ramp answers five seconds late',
  },
  'on-ramp-refuses': {
    ...{ of: 'due', path: '/_courses', rule: { refuse: 'err_aml_risk_score_hit' } },
    does: 'the on-ramp refuses the transfer',
  },
  'on-ramp-refunds': {
    of: 'due',
    path: '/_courses',
    rule: { steps: ['manual_review', 'refund_submitted', 'refund_processed'], stepMs: 500 },
    does: 'the on-ramp looks at the transfer, and gives the money back',
  },
  'on-ramp-event-missing': {
    of: 'due',
    path: '/_faults',
    rule: { event: 'transfer.status_changed', kind: 'missing' },
    does: 'the on-ramp does not say what became of the transfer',
  },
  'on-ramp-event-forged': {
    of: 'due',
    path: '/_faults',
    rule: { event: 'transfer.status_changed', kind: 'forged' },
    does: 'somebody else says so, too, and lies',
  },
  'brokerage-down': {
    ...{ of: 'alpaca', path: '/_faults', rule: { operation: '*', kind: 'error', status: 503 } },
    does: 'the brokerage answers 503',
  },
  'brokerage-lost-answer': {
    of: 'alpaca',
    path: '/_faults',
    rule: { operation: 'journal.create', kind: 'applied-then-timeout' },
    does: 'the brokerage makes the journal, and its answer is lost',
  },
  'nodes-down': {
    ...{ of: 'nodes', path: '/_faults', rule: { operation: '*', kind: 'error', status: 503 } },
    does: 'the nodes of the chains (of one with --network) answer 503',
  },
  'nodes-lost-answer': {
    of: 'nodes',
    path: '/_faults',
    rule: { operation: 'eth_sendRawTransaction', kind: 'applied-then-timeout' },
    does: 'a node takes the transaction, and its answer is lost',
  },
};

export const trigger: Command = {
  usage: `usage: drawbridge trigger <thing> [--times <1>] [--network <name>]
       drawbridge trigger list
       drawbridge trigger clear
       drawbridge trigger call <simulator> "POST /_path" '<JSON>'

${Object.entries(things)
  .map(([name, { does }]) => `  ${name.padEnd(22)} ${does}`)
  .join('\n')}

  --times <n>   how often it strikes; --times always: until it is cleared
  list          the faults that there are, and how often each has struck
  clear         removes all rules
  call          anything that a simulator can be told (docs/simulators.md): faults, courses, journals, wires, accounts

It is for the local system only, which must be running (its outputs.json in DATA_DIR).`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {
      times: { type: 'string' },
      network: { type: 'string' },
    });
    const [name = '', ...rest] = positionals;
    if (name === 'call') return call(rest, values.json === true);
    if (rest.length > 0) usageError(`"${rest.join(' ')}" is too much.`);
    if (name === 'list') return listed(values.json === true);
    if (name === 'clear') return cleared(values.json === true);
    const thing = Object.hasOwn(things, name) ? things[name] : undefined;
    if (thing === undefined) return usageError(`There is no thing "${name}" to trigger.`);
    if (values.network !== undefined && thing.of !== 'nodes')
      usageError('--network is for what nodes do.');
    const times = values.times === 'always' ? {} : { times: countOf('--times', values.times) ?? 1 };
    for (const url of urlsOf(thing.of, values.network))
      await told(url, 'POST', thing.path, { ...thing.rule, ...times });
    const often =
      'times' in times ? `, ${times.times === 1 ? 'once' : `${times.times} times`}` : '';
    if (values.json) sayJson({ triggered: name, ...times });
    else say(`From now on ${thing.does}${often}. Undo: drawbridge trigger clear`);
    return exits.done;
  },
};

const simulators = (): Record<string, string> => localStack().simulators;

function urlsOf(of: Thing['of'], network: string | undefined): string[] {
  const all = simulators();
  const names = of === 'nodes' ? Object.keys(all).filter(isNode) : [of];
  const wanted = names.filter((name) => network === undefined || name === network);
  const urls = wanted.flatMap((name) => all[name] ?? []);
  if (urls.length === 0)
    usageError(`No such simulator runs here. There are: ${Object.keys(all).join(', ')}.`);
  return urls;
}
const isNode = (name: string): boolean => name !== 'due' && name !== 'alpaca';

const tellMs = 10_000;

/** What a simulator answers. Throws what it says when it refuses. */
async function told(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(tellMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator answers ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function call(words: readonly string[], json: boolean): Promise<Exit> {
  const [name = '', what = '', body, ...more] = words;
  const [, method = '', path = ''] = /^(GET|POST|DELETE) (\/\S*)$/.exec(what) ?? [];
  const url = simulators()[name];
  if (url === undefined)
    return usageError(
      `There is no simulator "${name}", but ${Object.keys(simulators()).join(', ')}.`,
    );
  if (method === '' || more.length > 0) return usageError('call takes "POST /_path" and one JSON.');
  const answer = await told(url, method, path, body === undefined ? undefined : parsed(body));
  if (json) sayJson(answer);
  else say(JSON.stringify(answer, null, 2));
  return exits.done;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return usageError(`This is no JSON: ${text}`);
  }
}

type Rules = { rules: { operation?: string; event?: string; kind: string; strikes: number }[] };

async function listed(json: boolean): Promise<Exit> {
  const rows: string[][] = [];
  for (const [name, url] of Object.entries(simulators())) {
    const { rules } = (await told(url, 'GET', '/_faults')) as Rules;
    for (const rule of rules) {
      if (json) sayJson({ simulator: name, ...rule });
      rows.push([name, rule.operation ?? rule.event ?? '', rule.kind, String(rule.strikes)]);
    }
  }
  if (!json) printTable([['SIMULATOR', 'OF', 'KIND', 'STRUCK'], ...rows]);
  return exits.done;
}

async function cleared(json: boolean): Promise<Exit> {
  for (const [name, url] of Object.entries(simulators())) {
    await told(url, 'DELETE', '/_faults');
    if (name === 'due') await told(url, 'DELETE', '/_courses');
  }
  if (json) sayJson({ cleared: true });
  else note('All rules are gone. What is on its way stays there.');
  return exits.done;
}
