import { oidcTokens } from '../adapters/net/oidc.ts';
import { needed, told } from './environment.ts';
import { oidcAudience, oidcIssuer, oidcJwksUrl, oidcTenantClaim } from './settings-table.ts';

/** Checks the tokens of the configured issuer (OIDC_ISSUER); `null` when there is none. */
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
