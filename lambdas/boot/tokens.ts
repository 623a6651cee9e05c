/** Builds the check of access tokens. */
import { oidcTokens } from '../adapters/net/oidc.ts';
import { needed, told } from './environment.ts';
import { oidcAudience, oidcIssuer, oidcJwksUrl, oidcTenantClaim } from './settings-table.ts';

/** Verifies tokens of the issuer `OIDC_ISSUER`; `null` when that is not set, and only API keys are accepted. */
export function bootTokens(): ReturnType<typeof oidcTokens> | null {
  const issuer = told(oidcIssuer);
  if (issuer === null) return null;
  return oidcTokens({
    issuer,
    audience: needed(oidcAudience),
    jwksUrl: told(oidcJwksUrl),
    tenantClaim: told(oidcTenantClaim),
  });
}
