/**
 * Recipient banks and wires of the firm's cash at Alpaca in virtual time (docs.alpaca.markets/us/reference:
 * createRecipientBank, createTransferForAccount, getTransfersForAccount). A wire has no idempotency key: every request makes
 * another. Cash leaves with the request, arrives some time after `COMPLETE`, and comes back when the wire does.
 */
import type { BrokerageTruth } from '../truth.ts';
import type { WireRequest, WireResponse, World } from '../world.ts';
import {
  bankShape,
  centsIn,
  ok,
  okText,
  refused,
  strangeWires,
  type Wire,
  wireGarblings,
  wireShape,
} from './alpaca-shapes.ts';
import { type AlpacaOptions, memoWays, wireCourses } from './alpaca-ways.ts';
import {
  byWeight,
  hex,
  hour,
  jsonObject,
  minute,
  type Past,
  pastOf,
  type Span,
  type Stop,
  viewOf,
  within,
} from './parts.ts';

export type Bank = { id: string; status: string; given: Readonly<Record<string, unknown>> };
/** What a receiving bank sees of a wire that has arrived. */
export type WireArrival = { wireId: string; accountNumber: string; memo: string; cents: bigint };
type Cash = { has(accountId: string): bigint; add(accountId: string, cents: bigint): void };
type Fields = Readonly<Record<string, unknown>>;

const cameBack: readonly string[] = ['REJECTED', 'CANCELED', 'EXPIRED', 'RETURNED'];
const pageMax = 1_000;
const memoMax = 1_024;

export function makeWires(
  world: World,
  options: AlpacaOptions,
  firm: string,
  cash: Cash,
  arrived: (arrival: WireArrival) => void,
) {
  const banks: Bank[] = [];
  const wires: Wire[] = [];
  const requests: { memo: string; cents: bigint; at: number }[] = [];
  const newId = (): string => {
    const { random } = world;
    return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
  };

  /** As it is shown this time. */
  const shown = (text: string): string =>
    world.random.chance(options.unreadable) ? world.random.pick(wireGarblings)(text) : text;

  function set(wire: Wire, status: string): void {
    wire.turn += 1;
    const isBack = cameBack.includes(status);
    if (isBack && wire.standing) cash.add(firm, wire.cents);
    wire.standing &&= !isBack;
    wire.status = status;
    wire.updatedAt = world.now();
    wire.past.keep(world.now(), { text: JSON.stringify(wireShape(wire, firm)) });
    world.tell('alpaca', `wire ${wire.id} for ${wire.memo}: ${status}`);
  }

  /** Unless something else is decided before. */
  function later(wire: Wire, span: Span, event: () => void): void {
    const { turn } = wire;
    world.after(within(world, span), () => {
      if (wire.turn === turn) event();
    });
  }

  function go(wire: Wire, [stop, ...rest]: readonly Stop[]): void {
    if (stop === undefined) return;
    const [status, stays] = stop;
    set(wire, status);
    if (stays !== null) later(wire, stays, () => go(wire, rest));
    // One that is to come back never arrives, and neither does one that is lost between two banks.
    else if (status === 'COMPLETE' && !wire.lost)
      later(wire, options.wireArrivalMs, () => arrive(wire));
  }

  function arrive(wire: Wire): void {
    if (wire.arrived || !wire.standing) return;
    wire.arrived = true;
    wire.turn += 1; // What has arrived is not sent back any more.
    const { account_number } = banks.find(({ id }) => id === wire.bankId)?.given ?? {};
    const short = byWeight(world, options.wireComes) === 'less' ? options.wireKeepsCents : 0n;
    const { id, memo, cents } = wire;
    world.tell('bank', `wire ${id} for ${memo} brings ${cents - short} cents`);
    arrived({ wireId: id, accountNumber: String(account_number), memo, cents: cents - short });
  }

  function createBank(body: string): WireResponse {
    const given = jsonObject(body) ?? {};
    const isText = (name: string): boolean => typeof given[name] === 'string' && given[name] !== '';
    if (!['name', 'bank_code', 'account_number'].every(isText))
      return refused(400, 'name, bank_code and account_number are required');
    if (given['bank_code_type'] !== 'ABA' && given['bank_code_type'] !== 'BIC')
      return refused(400, 'bank_code_type is ABA or BIC');
    const bank: Bank = { id: newId(), status: 'QUEUED', given };
    banks.push(bank);
    world.after(within(world, options.bankMs), () => {
      bank.status = 'APPROVED';
      world.tell('alpaca', `bank ${bank.id} is approved`);
    });
    return ok(bankShape(bank, firm));
  }

  const verdicts = new WeakMap<WireRequest, WireResponse>();
  /** The verdict on a request stays what it was: what was refused is not made when it comes twice. */
  function create(request: WireRequest): WireResponse {
    const verdict = verdicts.get(request);
    if (verdict !== undefined && verdict.status !== 200) return verdict;
    const answer = make(request.body, verdict !== undefined);
    verdicts.set(request, answer);
    return answer;
  }

  function make(body: string, again: boolean): WireResponse {
    const given: Fields = jsonObject(body) ?? {};
    const { transfer_type, bank_id, amount, direction } = given;
    const { fee_payment_method = 'user', additional_information: memo = '' } = given;
    const asked = centsIn(amount);
    requests.push({ memo: String(memo), cents: asked ?? 0n, at: world.now() });
    if (transfer_type !== 'wire' || direction !== 'OUTGOING')
      return refused(400, 'only outgoing wires');
    if (asked === null) return refused(400, 'amount must be a positive decimal string');
    if (typeof memo !== 'string' || memo.length > memoMax)
      return refused(400, 'invalid additional_information');
    if (fee_payment_method !== 'user' && fee_payment_method !== 'invoice')
      return refused(400, 'invalid fee_payment_method');
    const bank = banks.find(({ id }) => id === bank_id);
    if (bank === undefined) return refused(404, 'bank not found');
    if (bank.status !== 'APPROVED') return refused(422, 'bank is not approved');
    const fee = fee_payment_method === 'user' ? options.wireFeeCents : 0n;
    if (cash.has(firm) < asked || asked <= fee)
      return refused(403, 'insufficient cash to withdraw');
    const way = byWeight(world, options.wireWays);
    const wire: Wire = {
      id: newId(),
      bankId: bank.id,
      accountNumber: String(bank.given['account_number']),
      memo,
      cents: asked - fee,
      feeCents: fee,
      status: 'QUEUED',
      standing: true,
      arrived: false,
      again,
      lost: way === 'lost',
      shownMemo: memoWays[byWeight(world, options.wireMemos)](memo),
      createdAt: world.now(),
      updatedAt: world.now(),
      turn: 0,
      past: pastOf<{ text: string }>(),
    };
    cash.add(firm, -asked);
    wires.push(wire);
    go(wire, wireCourses[way]);
    return okText(shown(JSON.stringify(wireShape(wire, firm))));
  }

  /** Wires that nobody shows any more. */
  const hidden = new Set<string>();
  function list(query: URLSearchParams): WireResponse {
    const [limit, offset] = [
      Number(query.get('limit') ?? pageMax),
      Number(query.get('offset') ?? 0),
    ];
    if (!Number.isInteger(limit) || limit < 1 || !Number.isInteger(offset) || offset < 0)
      return refused(400, 'invalid limit or offset');
    const direction = query.get('direction') ?? 'OUTGOING';
    const view = viewOf(world, options.staleLists);
    const texts = wires
      .toReversed()
      .filter(({ id }) => direction === 'OUTGOING' && !hidden.has(id))
      .flatMap(({ past }) => past.asOf(view())?.text ?? []);
    const all = [...strangeWires.slice(0, options.strangers), ...texts.map(shown)];
    return okText(`[${all.slice(offset, offset + Math.min(limit, options.wirePageMax)).join()}]`);
  }

  const wireOf = (id: string): Wire => {
    const wire = wires.find((one) => one.id === id);
    if (wire === undefined) throw new Error(`no wire ${id}`);
    return wire;
  };
  return {
    /** Null: the request is about something else. */
    handle: (request: WireRequest, path: string, query: URLSearchParams): WireResponse | null => {
      const { method, body } = request;
      const [, accountId, what] =
        /^\/v1\/accounts\/([^/]+)\/(transfers|recipient_banks)$/.exec(path) ?? [];
      if (accountId === undefined) return null;
      // Only the firm's account is wired from here.
      if (accountId !== firm) return refused(404, 'account not found');
      switch (`${method} ${what}`) {
        case 'GET recipient_banks':
          return ok(banks.map((bank) => bankShape(bank, firm)));
        case 'POST recipient_banks':
          return createBank(body);
        case 'GET transfers':
          return list(query);
        case 'POST transfers':
          return create(request);
        default:
          return refused(405, 'method not allowed');
      }
    },
    truth: (): Pick<BrokerageTruth, 'wires' | 'wireRequests'> => ({
      wires,
      wireRequests: requests,
    }),
    /** What waits for somebody goes on within the hour. */
    heal: (): void => {
      for (const wire of wires) {
        if (!wire.standing || wire.arrived) continue;
        if (wire.status === 'COMPLETE') later(wire, [minute, hour], () => arrive(wire));
        else later(wire, [minute, hour], () => go(wire, wireCourses.complete.slice(1)));
      }
    },
    /** The bank that it went to sends it back, or somebody at Alpaca stops it. False: it is back already, or has arrived. */
    giveBack: (id: string, status: 'REJECTED' | 'RETURNED'): boolean => {
      const wire = wireOf(id);
      if (!wire.standing || wire.arrived) return false;
      set(wire, status);
      return true;
    },
    /** Lists do not show it any more. */
    hide: (id: string): void => void hidden.add(wireOf(id).id),
    show: (id: string): void => void hidden.delete(id),
    /** Someone at the firm wires, too: for a memo of theirs. */
    wireOut: (memo: string, cents: bigint): void => {
      const bankId = banks[0]?.id;
      const information = { additional_information: memo, fee_payment_method: 'invoice' };
      const sum = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
      const wanted = { transfer_type: 'wire', direction: 'OUTGOING', amount: sum, bank_id: bankId };
      const body = JSON.stringify({ ...wanted, ...information });
      if (make(body, false).status !== 200) throw new Error('the firm cannot wire');
    },
  };
}
export type WirePast = Past<{ text: string }>;
