/**
 * Makes a simulated provider fail by rules (`/_faults`), around all its operations, and shows what really happened there
 * (`GET /_truth`), for tests to compare the product with (docs/simulators.md).
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type CallFault,
  type CallRule,
  type EventFault,
  type EventRule,
  type Rule,
  rulesIn,
  strikes,
} from './fault-rules.ts';
import {
  applyRoute,
  type Handle,
  type NoReply,
  parametersIn,
  type Route,
  type SimulatorReply,
  type SimulatorRequest,
} from './http.ts';

export type FaultyProvider = {
  /** The names of operations, such as `{ 'transfer.create': 'POST /v1/transfers' }`. */
  operations: Readonly<Record<string, string>>;
  /** The names of operations in a request whose method and path do not tell. */
  asked?(request: SimulatorRequest): readonly string[];
  /** The types of events that it sends. */
  events: readonly string[];
  /** A 5xx in its own envelope. */
  error(status: number): SimulatorReply;
  /** A 429 in its own envelope and with its own headers. */
  limited(untilMs: number): SimulatorReply;
  /** Does once more what was just done, as a faulty provider would; by default it handles the same request again. */
  again?(request: SimulatorRequest, handle: Handle): Promise<void>;
  /** The money that really moved. */
  truth(): unknown;
};

export type Faults = {
  /** The provider's operations with faults, and the control endpoint before them (which needs no key). */
  around(handle: Handle): Handle;
  /** The fault of an event that is about to be sent; null means none. */
  onEvent(type: string): EventFault | null;
  /** Stops. Requests that are still delayed are lost. */
  stop(): void;
};

const templateOf = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;

/** The fault switches of one provider. Rules are lost with the process. */
export function makeFaults(provider: FaultyProvider): Faults {
  let rules: Rule[] = [];
  const underway = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  const { signal } = stopping;

  const control: readonly Route[] = [
    { method: 'GET', path: '/_faults', handle: () => ({ status: 200, body: shown() }) },
    { method: 'POST', path: '/_faults', handle: ({ text }) => addRules(text) },
    {
      method: 'DELETE',
      path: '/_faults',
      handle: () => {
        rules = [];
        return { status: 200, body: shown() };
      },
    },
    { method: 'GET', path: '/_truth', handle: () => ({ status: 200, body: provider.truth() }) },
  ];

  const shown = () => ({
    rules: rules.map(({ fault, ...rule }) => ({ ...rule, ...fault })),
    /** The number of requests that were answered and are not done yet (`delayed-apply`). */
    underway: underway.size,
  });

  function addRules(text: string): SimulatorReply {
    const added = rulesIn(parsed(text));
    const wrong = typeof added === 'string' ? added : added.flatMap(nameless).join('; ');
    if (typeof added === 'string' || wrong !== '') return { status: 400, body: { message: wrong } };
    rules.push(...added);
    return { status: 200, body: shown() };
  }

  /** The names in a rule that the provider does not have. Such a rule would never strike, and nobody would notice. */
  function nameless(rule: Rule): string[] {
    const words = 'event' in rule ? provider.events : Object.keys(provider.operations);
    const name = 'event' in rule ? rule.event : rule.operation;
    if (name === '*' || words.includes(name)) return [];
    if (!('event' in rule) && templateOf.test(name)) return [];
    return [`"${name}" is none of *, ${words.join(', ')}, or a method and a path`];
  }

  const isAbout = (rule: Rule, request: SimulatorRequest): rule is CallRule => {
    // Control endpoints (`/_…`) stay reachable whatever is broken.
    if ('event' in rule || request.path.startsWith('/_')) return false;
    if (rule.operation === '*') return true;
    if (provider.asked !== undefined) return provider.asked(request).includes(rule.operation);
    const [, method, path] =
      templateOf.exec(provider.operations[rule.operation] ?? rule.operation) ?? [];
    const template = (path ?? '').replaceAll(/\{(\w+)\}/g, ':$1');
    return method === request.method && parametersIn(request.path, template) !== null;
  };

  function delayed(ms: number, request: SimulatorRequest, handle: Handle): void {
    const timer = setTimeout(async () => {
      await handle(request);
      underway.delete(timer);
    }, ms);
    underway.add(timer);
  }

  async function meet(
    fault: CallFault,
    request: SimulatorRequest,
    handle: Handle,
  ): Promise<SimulatorReply | NoReply> {
    switch (fault.kind) {
      case 'applied-then-timeout':
        await handle(request);
        return { noReply: fault.answer };
      case 'timeout-not-applied':
        return { noReply: fault.answer };
      case 'error-after-applying':
        await handle(request);
        return provider.error(fault.status);
      case 'error':
        return provider.error(fault.status);
      case 'delayed-apply':
        delayed(fault.afterMs, request, handle);
        return fault.answer === 'error' ? provider.error(fault.status) : { noReply: fault.answer };
      case 'duplicate': {
        const reply = await handle(request);
        if (provider.again === undefined) await handle(request);
        else await provider.again(request, handle);
        return reply;
      }
      case 'slow': {
        const reply = await handle(request);
        return (await passes(fault.byMs)) ? reply : { noReply: 'hang-up' };
      }
      case 'stale-list':
        return await handle({ ...request, asOfMs: Date.now() - fault.byMs });
      case 'reset':
        return { noReply: 'reset' };
      case '429':
        return provider.limited(Date.now() + fault.forMs);
      default:
        return fault satisfies never;
    }
  }

  /** Waits, and answers whether the time passed before `stop`. */
  const passes = (ms: number): Promise<boolean> =>
    wait(ms, true, { signal }).catch((error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    });

  return {
    around: (handle) => async (request) => {
      const controlled = applyRoute(control, request);
      if (controlled !== null) return controlled;
      const rule = rules.find((one): one is CallRule => isAbout(one, request) && strikes(one));
      return rule === undefined ? await handle(request) : await meet(rule.fault, request, handle);
    },
    onEvent: (type) => {
      const rule = rules.find(
        (one): one is EventRule =>
          'event' in one && (one.event === '*' || one.event === type) && strikes(one),
      );
      return rule?.fault ?? null;
    },
    stop: () => {
      stopping.abort();
      for (const timer of underway) clearTimeout(timer);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // A body that is no JSON is no rule either.
  }
}
