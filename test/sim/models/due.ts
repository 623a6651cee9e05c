/**
 * Due in virtual time: linked wallets, quotes, transfers and virtual accounts, and the events about them (due.readme.io),
 * which is all of it that the product calls. A quote makes one transfer at most, and so do the dollars of a wire; what becomes
 * of each transfer is chance.
 */
import type { OnRampTruth } from '../truth.ts';
import type { WireRequest, WireResponse, World } from '../world.ts';
import type { WireArrival } from './alpaca-wires.ts';
import { makeLife } from './due-life.ts';
import {
  type Account,
  accountShape,
  bankAccount,
  centsIn,
  garblings,
  invalid,
  nanoTime,
  payoutOf,
  type Quote,
  refused,
  sidesOf,
  strangeTransfers,
  type Transfer,
  transferShape,
  type Wallet,
} from './due-shapes.ts';
import { type DueOptions, dueWell, refusals, transferCourses } from './due-ways.ts';
import {
  byWeight,
  hex,
  hour,
  json,
  jsonObject,
  limiter,
  minute,
  pastOf,
  pathOf,
  seenAt,
  viewOf,
  within,
} from './parts.ts';

export type DueGiven = {
  accountId: string;
  apiKey: string;
  /** The networks that it pays on. */
  rails: readonly string[];
  /** USDC comes to the address on that rail. */
  mint(
    rail: string,
    micros: bigint,
    to: string,
  ): { ok?: boolean; txHash: string; logIndex: number };
  postEvent(event: WireRequest): void;
};

export type DueModel = {
  handle(request: WireRequest): WireResponse;
  /** What is returned changes as the world does. `payoutMicros` is what was quoted; what came of it the chain knows. */
  truth(): OnRampTruth;
  /** May be changed at any time; of transfers under way only what is still to be decided. */
  options: DueOptions;
  /** All goes well from now on, and what waits for somebody is approved within the hour. */
  heal(): void;
  /** Its dollars come. False: it does not wait for any. */
  fund(transferId: string): boolean;
  /** A wire comes to its bank. Its dollars are a transfer's by account, memo and amount, or a virtual account's; or nobody's. */
  receive(arrival: WireArrival): void;
  /** A transfer that nobody asked for, paid out of nobody's dollars. */
  transferBy(walletOf: string, cents: bigint): string;
  /** It says that it was paid by this transaction. */
  sayPaidBy(transferId: string, txHash: string, logIndex: number | null): void;
  /** Takes it to that status, with what that means: paying, once, or giving back, once. False: that was done before. */
  finish(transferId: string, status: FinishStatus, refundCents?: bigint): boolean;
};
export type FinishStatus =
  | 'approved'
  | 'manual_review'
  | 'action_required'
  | 'payment_processed'
  | 'failed'
  | 'canceled'
  | 'refund_submitted'
  | 'refund_processed';

const fiatRails = ['ach', 'wire'];
const limitMinCents = 100n;
const limitMaxCents = 1_000_000_000n;
const pageDefault = 50;
const limitMax = 100;

export function dueModel(
  world: World,
  given: DueGiven,
  changed: Partial<DueOptions> = {},
): DueModel {
  const { random } = world;
  const options: DueOptions = { ...dueWell, ...changed };
  const wallets: Wallet[] = [];
  const quotes = new Map<string, Quote>();
  const transfers: Transfer[] = [];
  const accounts: Account[] = [];
  const arrivals: { wireId: string; memo: string; cents: bigint; transferId: string | null }[] = [];
  const byId = new Map<string, Transfer>();
  const limits = limiter(world);
  const { keep, set, later, go, enter, fund } = makeLife(world, options, given);
  const idOf = (kind: string): string => `${kind}_${hex(random, 24)}`;

  const transferOf = (id: string): Transfer => {
    const one = byId.get(id);
    if (one === undefined) throw new Error(`no transfer ${id}`);
    return one;
  };

  /** As it is shown this time. */
  const shown = (text: string): string =>
    random.chance(options.unreadable) ? random.pick(garblings)(text) : text;
  const strangers = (room: number): string[] =>
    strangeTransfers.slice(0, Math.min(options.strangers, room));

  /** Due's guide shows `evm:0x…` (due.readme.io/docs/wallets); partners also write a bare `0x…`. */
  function link(body: string): WireResponse {
    const text = String(jsonObject(body)?.['address']);
    const [, address] = /^(?:evm:)?(0x[0-9a-fA-F]{40})$/.exec(text) ?? [];
    if (address === undefined)
      return refused(400, 'err_wallet_invalid_address', 'This wallet address is empty or invalid');
    const same = ({ address: linked }: Wallet) => linked.toLowerCase() === address.toLowerCase();
    let wallet = wallets.find(same);
    if (wallet === undefined) {
      wallet = { id: idOf('wlt'), address };
      wallets.push(wallet);
    }
    return json(200, walletShape(wallet));
  }

  function quote(body: string): WireResponse {
    const fields = jsonObject(body);
    const [source, destination] = [sideIn(fields?.['source']), sideIn(fields?.['destination'])];
    if (!fiatRails.includes(source.rail) || source.currency !== 'USD') return channelNotFound;
    if (!given.rails.includes(destination.rail) || destination.currency !== 'USDC')
      return channelNotFound;
    const [cents, wanted] = [centsIn(source.amount ?? '0'), centsIn(destination.amount ?? '0')];
    if (cents === null) return invalid({ 'source.amount': 'invalid' });
    if (wanted === null) return invalid({ 'destination.amount': 'invalid' });
    if (cents === 0n && wanted === 0n)
      return refused(400, 'err_quote_no_amount', 'You should specify either amount in or out');
    const { feeCents } = options;
    const sourceCents = cents || wanted + feeCents;
    if (sourceCents < limitMinCents)
      return refused(400, 'err_quote_limit_below_minimum', 'The amount is below the minimum');
    if (sourceCents > limitMaxCents)
      return refused(400, 'err_quote_limit_exceeded', 'The amount exceeds the permissible limit');
    const expiresAt = world.now() + options.quoteMs;
    const token = `eyJ${hex(random, 64)}`;
    const rails = { sourceRail: source.rail, rail: destination.rail };
    const hasSurplus = random.chance(options.surplus);
    const fees = { sourceCents, feeCents, hasSurplus };
    const made: Quote = { token, ...rails, ...fees, expiresAt, used: false };
    quotes.set(token, made);
    const sides = sidesOf(made, payoutOf(made));
    return json(200, { token, ...sides, fxRate: 1, fxMarkup: 0, expiresAt: nanoTime(expiresAt) });
  }

  function make(quoted: Quote, wallet: Wallet, accountId: string | null): Transfer {
    const payoutMicros = payoutOf(quoted);
    const transfer: Transfer = {
      id: idOf('tf'),
      quoteToken: quoted.token,
      sourceCents: quoted.sourceCents,
      payoutMicros,
      rail: quoted.rail,
      status: 'awaiting_funds',
      consumed: false,
      refundedCents: 0n,
      paidBy: null,
      accountId,
      wireId: null,
      createdAt: world.now(),
      quote: quoted,
      wallet,
      memo: `REF-${hex(random, 12).toUpperCase()}`,
      instructionsAt: world.now(),
      shownMicros: payoutMicros,
      confirmation: null,
      shownRefundCents: null,
      turn: 0,
      past: pastOf<string>(),
    };
    transfers.push(transfer);
    byId.set(transfer.id, transfer);
    set(transfer, 'awaiting_funds');
    return transfer;
  }

  const quoteOf = (token: string, rail: string, sourceCents: bigint): Quote => ({
    token,
    sourceRail: 'wire',
    rail,
    sourceCents,
    feeCents: options.feeCents,
    hasSurplus: false,
    expiresAt: world.now(),
    used: true,
  });

  function receive({ wireId, accountNumber, memo, cents }: WireArrival): void {
    const note = (transferId: string | null): void => {
      arrivals.push({ wireId, memo, cents, transferId });
      world.tell('due', `${cents} cents for ${memo}: ${transferId ?? "nobody's"}`);
    };
    if (accountNumber === bankAccount.accountNumber) {
      // Memo and amount must be exact (due.readme.io/docs/transfer-flow); other dollars are not taken in.
      const transfer = transfers.find((one) => one.memo === memo && one.sourceCents === cents);
      note(transfer !== undefined && fund(transfer, wireId) ? transfer.id : null);
      return;
    }
    const account = accounts.find((one) => one.accountNumber === accountNumber);
    if (account === undefined || cents <= options.feeCents) {
      note(null);
      return;
    }
    const { rail, wallet, id } = account;
    const transfer = make(quoteOf(`the dollars of ${wireId}`, rail, cents), wallet, id);
    fund(transfer, wireId);
    note(transfer.id);
  }

  function openAccount(body: string): WireResponse {
    const fields = jsonObject(body) ?? {};
    const required = ['destination', 'schemaIn', 'railOut', 'currencyOut', 'reference'];
    const missing = required.filter((name) => typeof fields[name] !== 'string' || !fields[name]);
    if (missing.length > 0)
      return invalid(Object.fromEntries(missing.map((name) => [name, 'required'])));
    const { destination, schemaIn, railOut, currencyOut, reference } = fields;
    const wallet = wallets.find(({ id }) => id === destination);
    if (wallet === undefined)
      return refused(400, 'err_transfer_invalid_destination_id', 'Invalid destination ID');
    if (schemaIn !== 'bank_us' || currencyOut !== 'USDC' || !given.rails.includes(String(railOut)))
      return channelNotFound;
    // Due does not document what a second account with the same reference would be.
    if (accounts.some((one) => one.reference === reference))
      return invalid({ reference: 'already used' });
    const account: Account = {
      id: idOf('va'),
      reference: String(reference),
      wallet,
      rail: String(railOut),
      accountNumber: String(random.between(10 ** 11, 10 ** 12 - 1)),
      detailsAt: world.now() + within(world, options.accountMs),
    };
    accounts.push(account);
    const {
      destination: destinationId,
      reference: nonce,
      ...rest
    } = accountShape(account, world.now());
    return json(200, { ...rest, destinationId, nonce });
  }

  function listAccounts(query: URLSearchParams): WireResponse {
    const searchable = ['destination', 'schemaIn', 'currencyIn', 'railOut', 'currencyOut'] as const;
    const wanted = searchable.filter((name) => query.get(name) !== null);
    const shapes = accounts.map((one) => accountShape(one, world.now()));
    return json(
      200,
      shapes.filter((one) => wanted.every((name) => one[name] === query.get(name))),
    );
  }

  function create(body: string): WireResponse {
    const fields = jsonObject(body) ?? {};
    const { quote: token, recipient, memo } = fields;
    if (typeof token !== 'string' || typeof recipient !== 'string') {
      const missing = ['quote', 'recipient'].filter((name) => typeof fields[name] !== 'string');
      return invalid(Object.fromEntries(missing.map((name) => [name, 'required'])));
    }
    if (memo !== undefined)
      return refused(400, 'err_memo_unsupported', 'This payment type does not support memos');
    const quoted = quotes.get(token);
    // The same words for a quote that is used and one that is late (quotes: "a validation error requiring a fresh quote").
    if (quoted === undefined || quoted.used || quoted.expiresAt <= world.now())
      return invalid({ quote: 'invalid or expired' });
    const wallet = wallets.find(({ id }) => id === recipient);
    if (wallet === undefined)
      return refused(400, 'err_transfer_invalid_destination_id', 'Invalid destination ID');
    // The verdict on a quote stays what it was: that one that was refused is never taken is relied on (decision 6).
    quoted.refusal ??= byWeight(world, options.refusals);
    const { refusal } = quoted;
    if (refusal !== 'none') return refused(refusals[refusal][0], refusal, refusals[refusal][1]);
    quoted.used = true;
    const transfer = make(quoted, wallet, null);
    const { instructionsMs } = options;
    if (instructionsMs[1] > 0) {
      transfer.instructionsAt = world.now() + within(world, instructionsMs);
      keep(transfer);
      world.after(transfer.instructionsAt - world.now(), () => keep(transfer));
    }
    if (quoted.sourceRail === 'ach' && byWeight(world, options.funding) === 'drawn')
      later(transfer, options.fundingMs, () => fund(transfer));
    return jsonText(shown(JSON.stringify(transferShape(transfer, given.accountId, world.now()))));
  }

  function list(query: URLSearchParams): WireResponse {
    const order = query.get('order') ?? 'desc';
    const limit = Number(query.get('limit') ?? pageDefault);
    const start = Date.parse(query.get('startDate') ?? '1970-01-01T00:00:00Z');
    const end = Date.parse(query.get('endDate') ?? '9999-12-31T00:00:00Z');
    if (order !== 'asc' && order !== 'desc') return invalid({ order: 'must be asc or desc' });
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
      return invalid({ limit: 'invalid' });
    if (Number.isNaN(start) || Number.isNaN(end)) return invalid({ startDate: 'invalid' });
    // The cursor is the place of the page's last transfer: new ones do not shift the pages.
    const next = query.get('next') ?? '';
    const last = next === '' ? null : Number(Buffer.from(next, 'base64url'));
    if (last !== null && transfers[last] === undefined) return invalid({ next: 'invalid' });
    const view = viewOf(world, options.staleLists);
    const step = order === 'asc' ? 1 : -1;
    const first = order === 'asc' ? 0 : transfers.length - 1;
    const pageMax = Math.min(limit, options.pageMax);
    const items: string[] = [];
    let place = last;
    for (let i = last === null ? first : last + step; ; i += step) {
      const transfer = transfers[i];
      if (transfer === undefined) return page([...strangers(limit - items.length), ...items], '');
      if (transfer.createdAt < start || transfer.createdAt > end) continue;
      const was = transfer.past.asOf(view());
      if (was === null) continue;
      if (items.length === pageMax)
        return page(items, Buffer.from(`${place}`).toString('base64url'));
      items.push(shown(was));
      place = i;
    }
  }

  function route({ method, path: target, body }: WireRequest): WireResponse {
    const { path, query } = pathOf(target);
    switch (`${method} ${path}`) {
      case 'GET /v1/wallets':
        return json(200, wallets.map(walletShape));
      case 'POST /v1/wallets':
        return link(body);
      case 'POST /v1/transfers/quote':
        return quote(body);
      case 'POST /v1/transfers':
        return create(body);
      case 'GET /v1/transfers':
        return list(query);
      case 'POST /v1/virtual_accounts':
        return openAccount(body);
      case 'GET /v1/virtual_accounts/list':
        return listAccounts(query);
    }
    const [, id] = /^\/v1\/transfers\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'GET' || id === undefined) return refused(404, 'err_not_found', 'Not found');
    const was = byId.get(id)?.past.asOf(seenAt(world, options.staleReads)) ?? null;
    // The code is ours: Due documents none for it.
    if (was === null) return refused(404, 'err_transfer_not_found', 'Transfer not found');
    return jsonText(shown(was));
  }

  return {
    options,
    handle: (request) => {
      const until = limits.until(options.limited, options.limitedMs);
      if (until !== null) {
        // Due documents no limit: the code is ours, the header everybody's.
        const { status, headers, body } = refused(429, 'err_rate_limit', 'Too many requests');
        const seconds = String(Math.ceil((until - world.now()) / 1_000));
        return { status, headers: { ...headers, 'retry-after': seconds }, body };
      }
      const { authorization, 'due-account-id': account } = request.headers;
      const credentials = refused(401, 'err_signin_invalid_credentials', 'Invalid credentials');
      if (authorization !== `Bearer ${given.apiKey}`) return credentials;
      if (account === undefined) return invalid({ 'Due-Account-Id': 'required' });
      return account === given.accountId ? route(request) : credentials;
    },
    truth: () => ({
      transfers,
      arrivals,
      accountNumbers: [
        bankAccount.accountNumber,
        ...accounts.map(({ accountNumber }) => accountNumber),
      ],
    }),
    heal: () => {
      // Others go on as they do.
      Object.assign(options, { ...dueWell, strangers: options.strangers });
      limits.end();
      for (const transfer of transfers) {
        const soon = (event: () => void) => later(transfer, [minute, hour], event);
        // What is to be wired nobody can draw.
        if (transfer.status === 'awaiting_funds' && transfer.quote.sourceRail === 'ach')
          soon(() => fund(transfer));
        if (held.includes(transfer.status)) soon(() => go(transfer, transferCourses.paid));
      }
    },
    fund: (id) => fund(transferOf(id)),
    receive,
    transferBy: (address, cents) => {
      const wallet = wallets.find((one) => one.address.toLowerCase() === address.toLowerCase());
      if (wallet === undefined) throw new Error(`no wallet ${address}`);
      const [rail = ''] = given.rails;
      const transfer = make(quoteOf(`of nobody ${hex(random, 8)}`, rail, cents), wallet, null);
      fund(transfer);
      return transfer.id;
    },
    sayPaidBy: (id, hash, eventIdx) => {
      const transfer = transferOf(id);
      transfer.confirmation = { network: transfer.rail, hash, eventIdx };
      keep(transfer);
    },
    finish: (id, status, refundCents) => {
      const transfer = transferOf(id);
      if (status !== 'approved') return enter(transfer, status, refundCents);
      if (transfer.paidBy !== null) return false;
      go(transfer, transferCourses.paid);
      return true;
    },
  };
}

const held = ['manual_review', 'action_required', 'compliance_hold'];
const walletShape = ({ id, address }: Wallet) => ({
  id,
  address: `evm:${address}`,
  preferences: {},
});
const channelNotFound = refused(400, 'err_channel_not_found', 'Channel not found');
const jsonText = (body: string): WireResponse => ({ ...json(200, null), body });
const page = (items: readonly string[], next: string): WireResponse =>
  jsonText(`{"items":[${items.join()}],"next":"${next}"}`);

type Side = { rail: string; currency: string; amount: unknown };
function sideIn(value: unknown): Side {
  const side = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { rail: String(side['rail']), currency: String(side['currency']), amount: side['amount'] };
}
