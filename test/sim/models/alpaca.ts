/**
 * Alpaca in virtual time: the trading account, `/v1/journals` and the firm's wires (docs.alpaca.markets), which is all of it
 * that the product calls. Cash is conserved, and moves when a journal is executed, once; what becomes of each journal is chance.
 */
import type { BrokerageTruth } from '../truth.ts';
import type { WireRequest, WireResponse, World } from '../world.ts';
import {
  type Account,
  accountShape,
  centsIn,
  garblings,
  type Journal,
  journalShape,
  ok,
  okText,
  refused,
  strangeJournals,
} from './alpaca-shapes.ts';
import { type AlpacaOptions, alpacaWell, journalCourses } from './alpaca-ways.ts';
import { makeWires, type WireArrival } from './alpaca-wires.ts';
import {
  byWeight,
  day,
  hex,
  hour,
  json,
  jsonObject,
  limiter,
  minute,
  type Past,
  pastOf,
  pathOf,
  type Span,
  type Stop,
  seenAt,
  viewOf,
  within,
} from './parts.ts';

export type AlpacaGiven = {
  accounts: readonly { id: string; cents: bigint }[];
  firm: { id: string; cents: bigint };
  keyId: string;
  secretKey: string;
  /** A wire of the firm's has arrived at the bank that it went to. */
  arrived?(arrival: WireArrival): void;
};
export type Decision = 'execute' | 'send' | 'reject' | 'refuse' | 'cancel' | 'delete';

export type AlpacaModel = {
  handle(request: WireRequest): WireResponse;
  /** What is returned changes as the world does. */
  truth(): BrokerageTruth;
  /** May be changed at any time; of journals under way only what is still to be decided. */
  options: AlpacaOptions;
  /** All goes well from now on, and what waits for somebody is executed within the hour. */
  heal(): void;
  /** What a person at Alpaca does with a journal that waits. False: it does not wait. */
  decide(journalId: string, decision: Decision): boolean;
  /** Cashiering takes it back, into a debt if need be. False: it is not executed. */
  reverse(journalId: string): boolean;
  /** Replaces it by one of so many cents. False: it is not executed. */
  correct(journalId: string, cents: bigint): boolean;
  /** A status without a meaning; moves nothing. */
  say(journalId: string, status: string): void;
  block(accountId: string, how?: 'transfers' | 'account' | 'inactive'): void;
  unblock(accountId: string): void;
  setCash(accountId: string, cents: bigint): void;
  forgetKeys(): void;
  /** A journal of somebody at the firm, who asks nobody. */
  journalBy(from: string, to: string, cents: bigint, description: string): void;
  wires: Pick<ReturnType<typeof makeWires>, 'giveBack' | 'hide' | 'show' | 'wireOut'>;
};

const waiting = ['queued', 'sent_to_clearing', 'pending', 'awaiting_release'];
const endOf = {
  send: 'sent_to_clearing',
  execute: 'executed',
  reject: 'rejected',
  refuse: 'refused',
  cancel: 'canceled',
  delete: 'deleted',
} as const satisfies Record<Decision, string>;
const keyLengthMax = 36;
const descriptionMax = 1_024;
const listMax = 100_000;

export function alpacaModel(
  world: World,
  given: AlpacaGiven,
  changed: Partial<AlpacaOptions> = {},
): AlpacaModel {
  const options: AlpacaOptions = { ...alpacaWell, ...changed };
  const authorization = `Basic ${Buffer.from(`${given.keyId}:${given.secretKey}`).toString('base64')}`;
  const accounts = new Map<string, { now: Account; past: Past<Account> }>();
  const cash = new Map<string, bigint>();
  const journals: Journal[] = [];
  const byId = new Map<string, Journal>();
  const keys = new Map<string, { body: string; journal: Journal; at: number }>();
  const requests: { key: string | null; body: string; at: number }[] = [];
  const limits = limiter(world);

  function put(account: Account): void {
    const known = accounts.get(account.id);
    const past = known?.past ?? pastOf<Account>();
    past.keep(known === undefined ? Number.NEGATIVE_INFINITY : world.now(), account);
    accounts.set(account.id, { now: account, past });
    cash.set(account.id, account.cents);
  }
  for (const { id, cents } of [given.firm, ...given.accounts])
    put({ id, cents, status: 'ACTIVE', transfersBlocked: false, blocked: false });
  const account = (id: string): Account => {
    const known = accounts.get(id);
    if (known === undefined) throw new Error(`no account ${id}`);
    return known.now;
  };
  const journalOf = (id: string): Journal => {
    const known = byId.get(id);
    if (known === undefined) throw new Error(`no journal ${id}`);
    return known;
  };
  const usable = (one: Account): boolean =>
    one.status === 'ACTIVE' && !one.transfersBlocked && !one.blocked;

  function transfer(from: string, to: string, cents: bigint): void {
    put({ ...account(from), cents: account(from).cents - cents });
    put({ ...account(to), cents: account(to).cents + cents });
  }

  const cashOf = {
    has: (id: string): bigint => account(id).cents,
    add: (id: string, cents: bigint): void =>
      put({ ...account(id), cents: account(id).cents + cents }),
  };
  const wires = makeWires(world, options, given.firm.id, cashOf, given.arrived ?? (() => {}));

  function set(journal: Journal, status: string): void {
    journal.turn += 1;
    journal.status = status;
    journal.past.keep(world.now(), { status, text: JSON.stringify(journalShape(journal)) });
    world.tell('alpaca', `${journal.id} of ${journal.description}: ${status}`);
  }

  /** Unless something else is decided before. */
  function later(journal: Journal, span: Span, event: () => void): void {
    const { turn } = journal;
    world.after(within(world, span), () => {
      if (journal.turn === turn) event();
    });
  }

  function execute(journal: Journal, again: boolean): void {
    const { from, to, cents } = journal;
    if (account(from).cents < cents) {
      set(journal, 'refused');
      return;
    }
    transfer(from, to, cents);
    journal.moved = true;
    journal.systemDate = dateOf(world.now());
    set(journal, 'executed');
    const next = again ? byWeight(world, options.afterwards) : 'stays';
    // It is undone whatever it is called by then, unless nothing is undone any more.
    if (next !== 'stays')
      world.after(within(world, options.afterwardsMs), () => {
        if (!options.afterwards[next]) return;
        if (next === 'reversed') reverse(journal);
        else correct(journal, otherThan(cents));
      });
    later(journal, options.activityMs, () => set(journal, 'activity_created'));
  }

  function otherThan(cents: bigint): bigint {
    const by = BigInt(within(world, options.correctedBy)) || 1n;
    return cents + by > 0n ? cents + by : cents + 1n;
  }

  function undo(journal: Journal, status: string): boolean {
    if (!journal.moved) return false;
    transfer(journal.to, journal.from, journal.cents);
    journal.moved = false;
    set(journal, status);
    return true;
  }
  const reverse = (journal: Journal): boolean => undo(journal, 'deleted');
  function correct(journal: Journal, cents: bigint): boolean {
    if (!undo(journal, 'correct')) return false;
    world.after(within(world, options.successorMs), () => {
      execute(add({ ...journal, cents, key: null }), false);
    });
    return true;
  }

  function go(journal: Journal, [stop, ...rest]: readonly Stop[]): void {
    if (stop === undefined) return;
    const [status, stays] = stop;
    if (status === 'executed') execute(journal, true);
    else set(journal, status);
    if (stays !== null) later(journal, stays, () => go(journal, rest));
  }

  function add(one: Pick<Journal, 'key' | 'from' | 'to' | 'cents' | 'description'>): Journal {
    const { random } = world;
    const { key, from, to, cents, description } = one;
    const id = `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
    const fresh = {
      status: 'queued',
      moved: false,
      systemDate: null,
      createdAt: world.now(),
      turn: 0,
    };
    const journal: Journal = {
      id,
      key,
      from,
      to,
      cents,
      description,
      ...fresh,
      past: pastOf<{ status: string; text: string }>(),
    };
    journals.push(journal);
    byId.set(id, journal);
    return journal;
  }

  /** As it is shown this time. */
  const shown = (text: string): string =>
    world.random.chance(options.unreadable) ? world.random.pick(garblings)(text) : text;

  function create({ body, headers }: WireRequest): WireResponse {
    const key = headers['idempotency-key'] ?? null;
    requests.push({ key, body, at: world.now() });
    const fields = jsonObject(body) ?? {};
    const { entry_type, from_account, to_account, amount, currency, description = '' } = fields;
    const cents = centsIn(amount);
    if (entry_type !== 'JNLC' || typeof from_account !== 'string' || typeof to_account !== 'string')
      return refused(400, 'entry_type, from_account and to_account are required');
    if (cents === null) return refused(400, 'amount must be a positive decimal string');
    if (currency !== undefined && currency !== 'USD') return refused(400, 'invalid currency');
    if (typeof description !== 'string' || description.length > descriptionMax)
      return refused(400, 'invalid description');
    if (key !== null && key.length > keyLengthMax) return refused(400, 'Idempotency-Key too long');
    const known = key === null ? undefined : keys.get(key);
    const { keyMemoryMs } = options;
    if (known !== undefined && (keyMemoryMs === null || world.now() < known.at + keyMemoryMs)) {
      if (known.body !== body)
        return refused(422, 'Idempotency-Key was used with a different request');
      if (!world.random.chance(options.replayRefused))
        return okText(shown(JSON.stringify(journalShape(known.journal))));
      const other = add(known.journal);
      set(other, 'refused');
      return ok(journalShape(other));
    }
    const [from, to] = [accounts.get(from_account)?.now, accounts.get(to_account)?.now];
    if (from === undefined || to === undefined) return refused(404, 'account not found');
    if ((from.id === given.firm.id) === (to.id === given.firm.id))
      return refused(422, 'a journal is between a firm account and a customer account');
    if (!usable(from) || !usable(to)) return refused(403, 'account is not allowed to journal');
    if (from.cents < cents) return refused(403, 'amount requested to move is not available');
    const journal = add({ key, from: from.id, to: to.id, cents, description });
    if (key !== null) keys.set(key, { body, journal, at: world.now() });
    go(journal, journalCourses[byWeight(world, options.ways)]);
    return okText(shown(JSON.stringify(journalShape(journal))));
  }

  function list(query: URLSearchParams): WireResponse {
    // Of days, and neither of the two days itself.
    const [after, before] = [query.get('after'), query.get('before')];
    const limit = Number(query.get('limit') ?? listMax + 1);
    if (![after, before].every((text) => text === null || isDate(text)))
      return refused(400, 'after and before are dates');
    if (!Number.isInteger(limit) || limit < 1) return refused(400, 'invalid limit');
    const [from, to] = [query.get('from_account'), query.get('to_account')];
    const [status, type] = [query.get('status'), query.get('entry_type')];
    const since = after === null ? 0 : Date.parse(after) + day;
    const until = before === null ? Number.POSITIVE_INFINITY : Date.parse(before);
    const view = viewOf(world, options.staleLists);
    const found: string[] = [];
    for (let index = journals.length - 1; index >= 0 && found.length < limit; index -= 1) {
      const journal = journals[index];
      if (journal === undefined || journal.createdAt < since || journal.createdAt >= until)
        continue;
      if ((from !== null && journal.from !== from) || (to !== null && journal.to !== to)) continue;
      const was = journal.past.asOf(view());
      if (was !== null && (status === null || was.status === status)) found.push(shown(was.text));
    }
    if (found.length > listMax) return refused(422, `more than ${listMax} journals`);
    const others = strangeJournals.slice(0, options.strangers);
    return okText(type === null || type === 'JNLC' ? `[${[...others, ...found].join()}]` : '[]');
  }

  function one(id: string): WireResponse {
    const journal = byId.get(id);
    const was = journal?.past.asOf(seenAt(world, options.staleReads)) ?? null;
    return was === null ? refused(404, 'journal not found') : okText(shown(was.text));
  }

  function cancel(id: string): WireResponse {
    const journal = byId.get(id);
    if (journal === undefined) return refused(404, 'journal not found');
    if (journal.status !== 'pending' && journal.status !== 'queued')
      return refused(422, 'journal is not pending');
    set(journal, 'canceled');
    return { status: 204, body: '' };
  }

  function route(request: WireRequest): WireResponse {
    const { method } = request;
    const { path, query } = pathOf(request.path);
    if (path === '/v1/journals') {
      if (method === 'POST') return create(request);
      if (method === 'GET') return list(query);
    }
    const [, journalId] = /^\/v1\/journals\/([^/]+)$/.exec(path) ?? [];
    if (journalId !== undefined) {
      if (method === 'GET') return one(journalId);
      if (method === 'DELETE') return cancel(journalId);
    }
    const [, accountId] = /^\/v1\/trading\/accounts\/([^/]+)\/account$/.exec(path) ?? [];
    if (accountId !== undefined && method === 'GET') {
      const was = accounts.get(accountId)?.past.asOf(seenAt(world, options.staleReads));
      return was == null ? refused(404, 'account not found') : ok(accountShape(was));
    }
    return wires.handle(request, path, query) ?? refused(404, 'endpoint not found');
  }

  return {
    options,
    handle: (request) => {
      const limitedUntil = limits.until(options.limited, options.limitedMs);
      const reset = String(Math.ceil((limitedUntil ?? world.now() + minute) / 1_000));
      const limitHeaders = {
        'x-ratelimit-limit': '1000',
        'x-ratelimit-remaining': limitedUntil === null ? '999' : '0',
        'x-ratelimit-reset': reset,
      };
      const answer = (): WireResponse => {
        if (limitedUntil !== null) return refused(429, 'rate limit exceeded');
        if (request.headers['authorization'] !== authorization)
          return json(401, { message: 'unauthorized' });
        return route(request);
      };
      const { headers, ...reply } = answer();
      return { ...reply, headers: { ...headers, ...limitHeaders } };
    },
    truth: () => ({ journals, requests, cash, firm: given.firm.id, ...wires.truth() }),
    heal: () => {
      // Others go on as they do.
      Object.assign(options, { ...alpacaWell, strangers: options.strangers });
      limits.end();
      for (const journal of journals)
        if (waiting.includes(journal.status))
          later(journal, [minute, hour], () => execute(journal, false));
      wires.heal();
    },
    decide: (id, decision) => {
      const journal = journalOf(id);
      if (!waiting.includes(journal.status)) return false;
      if (decision === 'execute') execute(journal, true);
      else set(journal, endOf[decision]);
      return true;
    },
    reverse: (id) => reverse(journalOf(id)),
    correct: (id, cents) => correct(journalOf(id), cents),
    say: (id, status) => set(journalOf(id), status),
    block: (id, how = 'account') => {
      const blocks = {
        transfers: { transfersBlocked: true },
        account: { blocked: true },
        inactive: { status: 'DISABLED' },
      };
      put({ ...account(id), ...blocks[how] });
    },
    unblock: (id) =>
      put({ ...account(id), status: 'ACTIVE', transfersBlocked: false, blocked: false }),
    setCash: (id, cents) => put({ ...account(id), cents }),
    forgetKeys: () => keys.clear(),
    journalBy: (from, to, cents, description) =>
      go(add({ key: null, from, to, cents, description }), journalCourses['at-once']),
    wires,
  };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && Date.parse(text) >= 0;
