/** Builds the check of access tokens. */
import { oidcTokens } from '../adapters/net/oidc.ts';
import { optional, required } from './environment.ts';

/** Verifies tokens of the issuer `OIDC_ISSUER`; `null` when that is not set, and only API keys are accepted. */
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
