/**
 * The webhook receivers of clients, and what stands in for `node:http`, `node:https` and `node:dns` in the product's
 * bundle: as much of them as a webhook needs, in virtual time. How they fail is how Node 24.21 was seen to fail;
 * test/sim/receivers.test.ts holds the two together.
 */

import type { LookupAddress } from 'node:dns';
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { ReceiverTruth } from '../truth.ts';
import type { World } from '../world.ts';

/** What a receiver may do with a request. */
export type Doing =
  | 'ok'
  | 'serverError'
  | 'gone'
  /** 307 to an address inside. */
  | 'redirect'
  /** 429 or 503 with Retry-After, in seconds or as a date. */
  | 'retryAfter'
  /** 200, after 10 to 40 s. */
  | 'slow'
  /** Takes the request and says nothing, ever. */
  | 'silent'
  /** Takes the request, and its answer is lost: the connection is reset. */
  | 'lost'
  /** Gets the request only long after it was sent, whoever still waits for it. */
  | 'late'
  /** 200, and the connection is reset in the middle of the body. */
  | 'cut'
  /** 200 with a body that never ends. */
  | 'endless'
  /** The same, a byte a second. */
  | 'trickle'
  | 'refused'
  /** The connection is never made. */
  | 'unreachable';
/** By weights, or what it does the first time (1), the second time, … */
export type Behaviour = Readonly<Partial<Record<Doing, number>>> | ((nth: number) => Doing);
/** What DNS says; as a function of how often it was asked (from 1), so that it can say something else the next time. None: there is no such name. */
export type Addresses = readonly string[] | ((nth: number) => readonly string[]);
export type ReceiverSettings = { host: string; addresses: Addresses; behaviour: Behaviour };
export type ReceiversOptions = {
  /** One way over the network; also what DNS takes. Both included. */
  latencyMs?: readonly [from: number, to: number];
  /** Where `redirect` points. */
  redirectTo?: string;
};

type RequestOptions = {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  agent?: false;
  signal?: AbortSignal;
  lookup?: Lookup;
};
type LookupOptions = { all?: boolean; family?: number | undefined; hints?: number };
type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address?: string | LookupAddress[],
  family?: number,
) => void;
type Lookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void;
type OnResponse = (response: ModelResponse) => void;

export type HttpModule = {
  request(url: URL | string, options: RequestOptions, callback: OnResponse): ModelRequest;
};
export type ModelRequest = EventEmitter & {
  end(body?: string | Uint8Array): void;
  destroy(error?: Error): void;
};
export type ModelResponse = AsyncIterable<Buffer> & {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  destroy(error?: Error): void;
};
type Resolved = (error: NodeJS.ErrnoException | null, addresses?: string[]) => void;
export type ModelResolver = {
  resolve4(hostname: string, callback: Resolved): void;
  resolve6(hostname: string, callback: Resolved): void;
  cancel(): void;
};
export type ReceiversModel = {
  http: HttpModule;
  https: HttpModule;
  dns: { lookup: Lookup; Resolver: new () => ModelResolver };
  /** From now on. */
  change(host: string, to: Partial<Omit<ReceiverSettings, 'host'>>): void;
  /** Also of hosts that nobody set up, when somebody tried to connect to them. */
  truth(): readonly ReceiverTruth[];
};

type Received = {
  -readonly [K in keyof ReceiverTruth['requests'][number]]: ReceiverTruth['requests'][number][K];
};
type Receiver = ReceiverSettings & {
  resolutions: number;
  asked: number;
  truth: {
    host: string;
    connections: ReceiverTruth['connections'][number][];
    requests: Received[];
  };
};
type Chunk = { afterMs: number; bytes: Buffer };
type Answer = {
  status: number;
  headers: Record<string, string>;
  /** Called for one chunk after the other; null: that was all; 'reset': the connection is gone. */
  next(nth: number): Chunk | null | 'reset';
};

/** Refused loudly: a simulation that goes on with half of a request proves nothing. */
const notModelled = (what: string): never => {
  throw new Error(`The model of receivers has no ${what}.`);
};
const onlyOptions = (of: string, options: object, known: readonly string[]): void => {
  for (const name of Object.keys(options))
    if (!known.includes(name)) notModelled(`${name} in ${of}`);
};
const failure = (message: string, more: object): NodeJS.ErrnoException =>
  Object.assign(new Error(message), more);
const refusedAt = (address: string, port: number): NodeJS.ErrnoException =>
  failure(`connect ECONNREFUSED ${address}:${port}`, {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
    address,
    port,
  });
/** What net.connect asks for in Node 24, which tries all addresses of a name. */
const lookupOptions = { family: undefined, hints: 32, all: true };

export function receiversModel(
  world: World,
  settings: readonly ReceiverSettings[],
  options: ReceiversOptions = {},
): ReceiversModel {
  const { latencyMs = [1, 80], redirectTo = 'http://169.254.169.254/latest/meta-data/' } = options;
  const { random } = world;
  const leg = (): number => random.between(...(latencyMs as [number, number]));
  const receivers = new Map<string, Receiver>();
  const add = (one: ReceiverSettings): Receiver => {
    const host = one.host.toLowerCase();
    const truth = { host, connections: [], requests: [] };
    const receiver: Receiver = { ...one, host, resolutions: 0, asked: 0, truth };
    receivers.set(host, receiver);
    return receiver;
  };
  settings.forEach(add);
  const find = (host: string): Receiver =>
    receivers.get(host) ?? add({ host, addresses: [], behaviour: { ok: 1 } });

  const lookup: Lookup = (hostname, asked, callback) => {
    onlyOptions('lookup', asked, ['all', 'family', 'hints']);
    const receiver = receivers.get(hostname.toLowerCase());
    world.after(leg(), () => {
      const found = isIP(hostname) === 0 ? resolve(receiver) : [hostname];
      const wanted = found
        .map((address) => ({ address, family: isIP(address) }))
        .filter(({ family }) => !asked.family || family === asked.family);
      const [first] = wanted;
      if (first === undefined)
        callback(
          failure(`getaddrinfo ENOTFOUND ${hostname}`, {
            code: 'ENOTFOUND',
            errno: -3008,
            syscall: 'getaddrinfo',
            hostname,
          }),
        );
      else if (asked.all === true) callback(null, wanted);
      else callback(null, first.address, first.family);
    });
  };
  /** One that asks for a name's addresses of both kinds is told them of one moment. */
  class Resolver implements ModelResolver {
    #asked: readonly string[] | null = null;
    #isOver = false;
    resolve4(hostname: string, callback: Resolved): void {
      this.#resolve(hostname, 4, callback);
    }
    resolve6(hostname: string, callback: Resolved): void {
      this.#resolve(hostname, 6, callback);
    }
    cancel(): void {
      this.#isOver = true;
    }
    #resolve(hostname: string, family: 4 | 6, callback: Resolved): void {
      const syscall = family === 4 ? 'queryA' : 'queryAaaa';
      const failed = (code: string): void =>
        callback(
          failure(`${syscall} ${code} ${hostname}`, { code, errno: undefined, syscall, hostname }),
        );
      world.after(leg(), () => {
        if (this.#isOver) return failed('ECANCELLED');
        const receiver = receivers.get(hostname.toLowerCase());
        this.#asked ??= resolve(receiver);
        const found = this.#asked.filter((address) => isIP(address) === family);
        if (found.length > 0) callback(null, found);
        else failed(this.#asked.length === 0 ? 'ENOTFOUND' : 'ENODATA');
      });
    }
  }
  const resolve = (receiver: Receiver | undefined): readonly string[] => {
    if (receiver === undefined) return [];
    receiver.resolutions += 1;
    const { addresses, resolutions, host } = receiver;
    const said = typeof addresses === 'function' ? addresses(resolutions) : addresses;
    world.tell('dns', `${host} is ${said.join(', ') || 'unknown'}`);
    return said;
  };

  const moduleFor = (protocol: 'http:' | 'https:'): HttpModule => ({
    request: (given, asked, callback) => {
      const url = new URL(String(given));
      if (url.protocol !== protocol)
        // As Node does.
        throw Object.assign(
          new TypeError(`Protocol "${url.protocol}" not supported. Expected "${protocol}"`),
          { code: 'ERR_INVALID_PROTOCOL' },
        );
      onlyOptions('request', asked, ['method', 'headers', 'agent', 'signal', 'lookup']);
      if (asked.agent !== false) notModelled('connections that are kept');
      const receiver = find(url.hostname.replace(/^\[|\]$/g, '').toLowerCase());
      return new Exchange(world, { receiver, url, asked, callback, leg, lookup, redirectTo });
    },
  });
  return {
    http: moduleFor('http:'),
    https: moduleFor('https:'),
    dns: { lookup, Resolver },
    change: (host, to) => {
      const receiver = receivers.get(host.toLowerCase());
      if (receiver === undefined) throw new Error(`There is no receiver ${host}.`);
      Object.assign(receiver, to);
    },
    truth: () => [...receivers.values()].map(({ truth }) => truth),
  };
}

type Terms = {
  receiver: Receiver;
  url: URL;
  asked: RequestOptions;
  callback: OnResponse;
  leg(): number;
  lookup: Lookup;
  redirectTo: string;
};

/** One request from its first look at DNS to the last byte of its answer. */
class Exchange extends EventEmitter implements ModelRequest {
  private readonly world: World;
  private readonly terms: Terms;
  private body = '';
  private over = false;
  private response: Body | null = null;

  constructor(world: World, terms: Terms) {
    super();
    this.world = world;
    this.terms = terms;
    const { signal } = terms.asked;
    if (signal === undefined) return;
    const abort = (): void =>
      this.destroy(
        Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
          name: 'AbortError',
          code: 'ABORT_ERR',
        }),
      );
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort, { once: true });
  }

  end(body: string | Uint8Array = ''): void {
    this.body = Buffer.from(body as string).toString('utf8');
    const { receiver, asked, lookup } = this.terms;
    // Node asks no one about an address, not even the lookup that it was given.
    if (isIP(receiver.host) !== 0) {
      this.connect([receiver.host], this.decide());
      return;
    }
    (asked.lookup ?? lookup)(receiver.host, lookupOptions, (error, found) => {
      if (this.over) return;
      if (error) return this.fail(error);
      if (!Array.isArray(found))
        return notModelled('lookup that gives one address when asked for all');
      // Seen in Node 24.21, and nothing can catch it there.
      if (found.length === 0) throw new TypeError('Node dies of a lookup that finds no address.');
      this.connect(
        found.map(({ address }) => address),
        this.decide(),
      );
    });
  }

  destroy(error?: Error): void {
    if (this.over) return;
    const { response } = this;
    if (response !== null) {
      this.over = true;
      if (error !== undefined) this.emit('error', error);
      response.reset();
      this.emit('close');
    } else this.fail(error ?? failure('socket hang up', { code: 'ECONNRESET' }));
  }

  private fail(error: Error): void {
    if (this.over) return;
    this.over = true;
    this.emit('error', error);
    this.emit('close');
  }

  private decide(): Doing {
    const { receiver } = this.terms;
    receiver.asked += 1;
    const { behaviour, asked } = receiver;
    const doing =
      typeof behaviour === 'function'
        ? behaviour(asked)
        : this.world.random.weighted(behaviour as Record<Doing, number>);
    this.world.tell(receiver.host, doing);
    return doing;
  }

  /** To one address after the other, as net.connect does. */
  private connect(
    [address = '', ...others]: readonly string[],
    doing: Doing,
    failed: Error[] = [],
  ): void {
    const { receiver, url, leg } = this.terms;
    const secure = url.protocol === 'https:';
    const port = Number(url.port) || (secure ? 443 : 80);
    receiver.truth.connections.push({ at: this.world.now(), address, port, secure });
    if (doing === 'unreachable') return;
    this.world.after(leg(), () => {
      if (this.over) return;
      if (doing === 'late') return this.arriveLate(address);
      if (doing !== 'refused') return this.arrive(address, doing);
      const errors = [...failed, refusedAt(address, port)];
      if (others.length > 0) return this.connect(others, doing, errors);
      const [only] = errors;
      this.fail(
        errors.length === 1 && only !== undefined
          ? only
          : Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' }),
      );
    });
  }

  private receive(address: string): Received {
    const { receiver, url, asked } = this.terms;
    const headers = Object.fromEntries(
      Object.entries(asked.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]),
    );
    const request: Received = {
      at: this.world.now(),
      url: url.href,
      address,
      method: asked.method ?? 'GET',
      headers: { ...headers, host: url.host, connection: 'close' },
      body: this.body,
      status: null,
    };
    receiver.truth.requests.push(request);
    return request;
  }

  /** It was under way for so long that whoever sent it has given up, or will. */
  private arriveLate(address: string): void {
    this.world.after(this.world.random.between(10_000, 60_000), () => {
      this.receive(address);
    });
  }

  private arrive(address: string, doing: Exclude<Doing, 'late' | 'refused' | 'unreachable'>): void {
    const request = this.receive(address);
    const { random } = this.world;
    if (doing === 'silent') return;
    const ms = doing === 'slow' ? random.between(10_000, 40_000) : this.terms.leg();
    this.world.after(ms, () => {
      if (this.over) return;
      if (doing === 'lost') return this.fail(failure('socket hang up', { code: 'ECONNRESET' }));
      const answer = this.answerOf(doing);
      request.status = answer.status;
      const date = new Date(this.world.now()).toUTCString();
      const headers = { ...answer.headers, date, connection: 'close' };
      this.response = new Body(this.world, answer, headers, () => {
        this.over = true;
      });
      this.terms.callback(this.response);
    });
  }

  private answerOf(
    doing: Exclude<Doing, 'late' | 'refused' | 'unreachable' | 'silent' | 'lost'>,
  ): Answer {
    const { random } = this.world;
    switch (doing) {
      case 'ok':
      case 'slow':
        return whole(200, 'ok');
      case 'serverError':
        return whole(500, 'it broke');
      case 'gone':
        return whole(410, 'gone');
      case 'redirect':
        return whole(307, '', { location: this.terms.redirectTo });
      case 'retryAfter': {
        const seconds = random.pick([1, 7, 120, 3_600]);
        const date = new Date(this.world.now() + seconds * 1_000).toUTCString();
        return whole(random.pick([429, 503]), 'later', {
          'retry-after': random.pick([String(seconds), date]),
        });
      }
      case 'cut':
        return {
          status: 200,
          headers: { 'content-length': '100' },
          next: (nth) => (nth === 1 ? { afterMs: 0, bytes: Buffer.from('half a b') } : 'reset'),
        };
      case 'endless':
        return {
          status: 200,
          headers: {},
          next: () => ({ afterMs: 1, bytes: Buffer.alloc(1_024, 'x') }),
        };
      case 'trickle':
        return {
          status: 200,
          headers: {},
          next: () => ({ afterMs: 1_000, bytes: Buffer.from('.') }),
        };
      default:
        return doing satisfies never;
    }
  }
}

const whole = (status: number, text: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { ...headers, 'content-length': String(Buffer.byteLength(text)) },
  next: (nth) => (nth === 1 && text !== '' ? { afterMs: 0, bytes: Buffer.from(text) } : null),
});

/** An answer whose body is read as it comes. No stream: those let things happen at moments of their own. */
class Body implements ModelResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  private readonly world: World;
  private readonly answer: Answer;
  private readonly done: () => void;
  private broken: Error | null = null;
  private onBroken: (error: Error) => void = () => {};

  constructor(world: World, answer: Answer, headers: Record<string, string>, done: () => void) {
    this.world = world;
    this.answer = answer;
    this.statusCode = answer.status;
    this.headers = headers;
    this.done = done;
  }

  destroy(error?: Error): void {
    this.done();
    this.break(error ?? failure('Premature close', { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
  }

  /** The connection is gone. */
  reset(): void {
    this.done();
    this.break(failure('aborted', { code: 'ECONNRESET' }));
  }

  private break(error: Error): void {
    this.broken ??= error;
    this.onBroken(this.broken);
  }

  private chunk(nth: number): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      if (this.broken !== null) return reject(this.broken);
      const next = this.answer.next(nth);
      if (next === null) return resolve(null);
      this.onBroken = reject;
      if (next === 'reset') this.world.after(1, () => this.reset());
      else this.world.after(next.afterMs, () => resolve(next.bytes));
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let nth = 1; ; nth++) {
      const bytes = await this.chunk(nth);
      if (bytes === null) return this.done();
      yield bytes;
    }
  }
}
