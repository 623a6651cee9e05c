/** Models of providers as hosts of their own, for tests that ask them through the product's adapters. */
import { wire } from '../../lambdas/adapters/net/exchange.ts';
import { lowerCased } from './wire.ts';
import type { WireRequest, WireResponse } from './world.ts';

const { exchange } = wire;

/** From here on, `http://<name>.model` is that model; everything else is what it was. */
export function serve(
  models: Readonly<Record<string, (request: WireRequest) => WireResponse>>,
): void {
  wire.exchange = async (asked) => {
    const { hostname, pathname, search } = new URL(asked.url);
    const handle = models[hostname.replace(/\.model$/, '')];
    if (handle === undefined) return await exchange(asked);
    const { method, body = '' } = asked;
    const headers = lowerCased(asked.headers);
    const answer = handle({ method, path: pathname + search, headers, body });
    return { ...answer, headers: lowerCased(answer.headers ?? {}) };
  };
}

export function serveNoMore(): void {
  wire.exchange = exchange;
}
