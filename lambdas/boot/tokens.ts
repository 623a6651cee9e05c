import { oidcTokens } from '../adapters/net/oidc.ts';
import { optional, required } from './environment.ts';

/** Checks the tokens of the configured issuer (OIDC_ISSUER); `null` when there is none. */
export function bootTokens(): ReturnType<typeof oidcTokens> | null {
  const issuer = optional('OIDC_ISSUER');
  if (issuer === null) return null;
  return oidcTokens({
    issuer,
    audience: required('OIDC_AUDIENCE'),
    jwksUrl: optional('OIDC_JWKS_URL'),
    tenantClaim: optional('OIDC_TENANT_CLAIM') ?? 'tenant',
  });
}
