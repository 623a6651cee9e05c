/**
 * Access tokens of an OpenID Connect issuer: JWTs (RFC 7519), verified with the keys that the issuer publishes (OpenID
 * Connect Discovery 1.0) as RFC 8725 wants it: issuer, audience and algorithms are ours to say, never the token's.
 */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import * as z from 'zod';

export type OidcConfig = {
  issuer: string;
  audience: string;
  /** `null`: what the issuer's discovery document says. */
  jwksUrl: string | null;
  /** The claim that names the tenant. */
  tenantClaim: string;
};
/** As the token has it: whether tenant and scopes mean anything is for others to say. */
export type TokenClaims = { subject: string | null; tenant: string | null; scopes: string[] };

/** Asymmetric ones only: with a secret in common, whoever can check a token can also make one. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const fetchTimeoutMs = 3_000;
/** A key that we do not know makes us look again, but not more often than this, or any garbage would. */
const lookAgainMs = 30_000;
const clockSkewSeconds = 5;

/** What is wrong with the token, and not with the issuer or us. */
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

/** Three parts in base64url. An API key never has this form. */
export const isJwt = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/**
 * Answers `null` when the token is not a valid one of this issuer for us, and throws when that cannot be found out: the
 * issuer does not answer, or not as the standard has it.
 */
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
      keys = null; // Asked again with the next token.
      throw error;
    }
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(
        token,
        // Only reached with an algorithm that is allowed: garbage makes nobody ask the issuer.
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
  // OpenID Connect Discovery 1.0, section 4.3.
  if (document.issuer !== issuer) throw new Error(`${url} is of another issuer.`);
  return new URL(document.jwks_uri);
}

/** Scopes stand in `scope`, in a string (RFC 8693, section 4.2), or, with some issuers, in `scp`, a list. */
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
