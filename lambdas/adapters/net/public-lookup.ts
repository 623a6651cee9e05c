/**
 * Finds the addresses of a receiver's name, all of which have to be public. It asks the name servers itself: `dns.lookup` waits on a thread
 * for each name, of which libuv has few (Node's documentation, "Implementation considerations" of `node:dns`), so two names whose
 * servers are silent would hold up every other receiver.
 */
import { Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublic } from '../../core/webhooks/url.ts';

type Address = { address: string; family: 4 | 6 };
type Found = { addresses: readonly Address[]; error: NodeJS.ErrnoException | null };

/**
 * Resolves a name for the socket and refuses it if any address is not public: no later lookup can change the address. It has
 * ended after `withinMs` whatever the name servers do.
 */
export const publicLookup =
  (withinMs: number, makeResolver = () => new Resolver()): LookupFunction =>
  (hostname, options, callback) => {
    const resolver = makeResolver();
    const timer = setTimeout(() => resolver.cancel(), withinMs);
    const { promise: of4, resolve: have4 } = Promise.withResolvers<Found>();
    const { promise: of6, resolve: have6 } = Promise.withResolvers<Found>();
    const note =
      (family: 4 | 6, tell: (found: Found) => void) =>
      (error: NodeJS.ErrnoException | null, texts: readonly string[] = []): void =>
        tell({
          addresses: error === null ? texts.map((address) => ({ address, family })) : [],
          error,
        });
    resolver.resolve4(hostname, note(4, have4));
    resolver.resolve6(hostname, note(6, have6));
    void Promise.all([of4, of6]).then(([four, six]) => {
      clearTimeout(timer);
      const all = [...four.addresses, ...six.addresses];
      const [first] = all;
      if (first === undefined) callback(four.error ?? six.error ?? nothing(hostname), []);
      else if (all.some(({ address }) => !isPublic(address)))
        callback(new Error('WEBHOOK_URL_NOT_ALLOWED'), []);
      else if (options.all === true) callback(null, all);
      else callback(null, first.address, first.family);
    });
  };

const nothing = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${hostname} has no address`), { code: 'ENODATA' });
