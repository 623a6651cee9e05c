/** Plays an OpenID Connect issuer on a free port, with a discovery document, keys, and tokens as wanted. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const audience = 'drawbridge';

export type Issuer = {
  url: string;
  /** The number of requests for its keys so far. */
  keysAsked(): number;
  /** Makes it answer with 500, or again as it should. */
  break(broken: boolean): void;
  /** Makes the discovery document name another issuer. */
  claimToBe(url: string): void;
  /** Makes a key with this id, and publishes it or not. */
  addKey(kid: string, published: boolean, algorithm?: string): Promise<void>;
  publish(kid: string): void;
  /** A token that is valid for a minute, unless the claims say otherwise. A claim of `undefined` is left out. */
  token(claims?: JWTPayload, kid?: string): Promise<string>;
  /** The public key of the key `first`, in PEM. */
  publicPem(): Promise<string>;
  stop(): void;
};

type Pair = Awaited<ReturnType<typeof generateKeyPair>> & { algorithm: string; jwk: JWK };

export async function startIssuer(): Promise<Issuer> {
  const pairs = new Map<string, Pair>();
  const published = new Set<string>();
  let [asked, broken, claimed] = [0, false, ''];
  const server = createServer((request, response) => {
    const isKeys = request.url === '/keys';
    if (isKeys) asked += 1;
    if (broken) return response.writeHead(500).end();
    response.setHeader('content-type', 'application/json');
    const keys = [...pairs].filter(([kid]) => published.has(kid)).map(([, { jwk }]) => jwk);
    const discovery = { issuer: claimed || url, jwks_uri: `${url}/keys` };
    return response.end(JSON.stringify(isKeys ? { keys } : discovery));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pairOf = (kid: string): Pair => {
    const pair = pairs.get(kid);
    if (pair === undefined) throw new Error(`no key ${kid}`);
    return pair;
  };
  const issuer: Issuer = {
    url,
    keysAsked: () => asked,
    break: (now) => {
      broken = now;
    },
    claimToBe: (other) => {
      claimed = other;
    },
    addKey: async (kid, isPublished, algorithm = 'ES256') => {
      const pair = await generateKeyPair(algorithm, { extractable: true });
      const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' };
      pairs.set(kid, { ...pair, algorithm, jwk });
      if (isPublished) published.add(kid);
    },
    publish: (kid) => {
      published.add(kid);
    },
    token: (claims = {}, kid = 'first') => {
      const { algorithm, privateKey } = pairOf(kid);
      const now = Math.floor(Date.now() / 1_000);
      const payload = {
        ...{ iss: url, aud: audience, sub: 'someone', exp: now + 60, tenant: 'alice' },
        ...{ scope: 'wallets:read wallets:write', ...claims },
      };
      return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid }).sign(privateKey);
    },
    publicPem: () => exportSPKI(pairOf('first').publicKey),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  await issuer.addKey('first', true);
  return issuer;
}
