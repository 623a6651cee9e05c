/**
 * Verifies access tokens of an OpenID Connect issuer: JWTs (RFC 7519), by the keys that the issuer publishes (OpenID Connect
 * Discovery 1.0). As RFC 8725 asks, we fix the issuer, the audience and the algorithms, and the token decides none of them.
 */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import * as z from 'zod';

export type OidcConfig = {
  issuer: string;
  audience: string;
  /** Where the issuer's keys are; `null` means the `jwks_uri` of its discovery document. */
  jwksUrl: string | null;
  /** The claim that names the tenant. */
  tenantClaim: string;
};
/** The claims as the token has them. Nothing here checks that the tenant or the scopes exist. */
export type TokenClaims = { subject: string | null; tenant: string | null; scopes: string[] };

/** Only asymmetric algorithms: with a shared secret, everybody who can verify a token can also make one. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const fetchTimeoutMs = 3_000;
/** An unknown key id makes the keys be fetched again, at most this often, because any garbage has one. */
const lookAgainMs = 30_000;
const clockSkewSeconds = 5;

/** The errors of jose that mean a bad token. All others are faults of the issuer or of ours. */
const faultsOfToken = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/** Whether a text has the form of a JWT: three parts in base64url. An API key has no dots. */
export const isJwt = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/** Verifies a token: answers `null` when it is invalid, expired or not for us, and throws when the keys cannot be read. */
export function oidcTokens(
  config: OidcConfig,
  { cooldownMs = lookAgainMs }: { cooldownMs?: number } = {},
): (token: string) => Promise<TokenClaims | null> {
  let keys: Promise<RemoteJWKSet> | null = null;
  const keySet = async (): Promise<RemoteJWKSet> => {
    keys ??= jwksUrl(config).then((url) =>
      createRemoteJWKSet(url, { cooldownDuration: cooldownMs, timeoutDuration: fetchTimeoutMs }),
    );
    try {
      return await keys;
    } catch (error) {
      keys = null; // The next token asks again.
      throw error;
    }
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(
        token,
        // jose checks the algorithm before it asks for a key, so garbage causes no request to the issuer.
        async (header, jws) => (await keySet())(header, jws),
        {
          ...{ issuer: config.issuer, audience: config.audience, algorithms },
          ...{ requiredClaims: ['exp'], clockTolerance: clockSkewSeconds },
        },
      );
      return claimsOf(payload, config.tenantClaim);
    } catch (error) {
      if (faultsOfToken.some((fault) => error instanceof fault)) return null;
      throw new Error(`The keys of ${config.issuer} could not be had.`, { cause: error });
    }
  };
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

async function jwksUrl({ issuer, jwksUrl: given }: OidcConfig): Promise<URL> {
  if (given !== null) return new URL(given);
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeoutMs),
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
  const document = discovery.parse(await response.json());
  // OpenID Connect Discovery 1.0, section 4.3: the document's issuer must be the one that was asked for.
  if (document.issuer !== issuer) throw new Error(`${url} is of another issuer.`);
  return new URL(document.jwks_uri);
}

/** Scopes are a string in `scope` (RFC 8693, section 4.2) or, with some issuers, a list in `scp`. */
function claimsOf(payload: JWTPayload, tenantClaim: string): TokenClaims {
  const { scope, scp, sub } = payload;
  const tenant = payload[tenantClaim];
  const listed = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scp) ? scp : [];
  return {
    subject: sub ?? null,
    tenant: typeof tenant === 'string' ? tenant : null,
    scopes: listed.filter((one): one is string => typeof one === 'string' && one !== ''),
  };
}
