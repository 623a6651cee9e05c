/** Tells API Gateway who is asking. It caches the answer for a few seconds; each operation checks the scopes itself. */
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { findKey } from '../../adapters/dynamo/api-keys.ts';
import { isJwt } from '../../adapters/net/oidc.ts';
import { observed } from '../../boot/observe.ts';
import { tokenUsageKey } from '../../boot/settings.ts';
import { database, tables } from '../../boot/tables.ts';
import { bootTokens } from '../../boot/tokens.ts';
import { isScope, isTenantName } from './access.ts';

/** A credential is shorter than all headers together, of which API Gateway takes 10,240 bytes (its guide, "Quotas"). */
const bearer = /^Bearer ([\x21-\x7e]{1,8192})$/i;
const keyLengthMax = 200;

type Caller = {
  id: string;
  keyId: string;
  /** The person behind it; `null`: a token that names nobody. */
  principal: string | null;
  tenant: string;
  scopes: string[];
  usageKey: string;
};

const tokens = bootTokens();

async function callerWithKey(key: string): Promise<Caller | null> {
  const found = key.length > keyLengthMax ? null : await findKey(database(), tables(), key);
  if (found === null) return null;
  return { ...found, id: found.keyId, principal: found.principal ?? found.keyId };
}

/** A token needs the name of a tenant. Scopes that the API does not have are ignored: issuers add their own. */
async function callerWithToken(token: string): Promise<Caller | null> {
  const claims = await tokens?.(token);
  if (!claims || claims.tenant === null || !isTenantName(claims.tenant)) return null;
  const { subject, tenant, scopes } = claims;
  return {
    id: subject ?? 'token',
    keyId: 'token',
    principal: subject,
    tenant,
    scopes: scopes.filter(isScope),
    usageKey: tokenUsageKey(),
  };
}

export const handler = observed(
  async ({
    authorizationToken,
    methodArn,
  }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const [, given] = bearer.exec(authorizationToken) ?? [];
    const caller =
      given === undefined ? null : await (isJwt(given) ? callerWithToken : callerWithKey)(given);
    // API Gateway answers 401 to this very text and 500 to any other (its guide, "Lambda authorizers").
    if (caller === null) throw new Error('Unauthorized');
    // The ARN is `arn:…:api/stage/METHOD/path`. The whole stage is allowed, because the cached answer is reused for every
    // route: it must say who is asking and never what for.
    const [api = '', stage = ''] = methodArn.split('/');
    return {
      principalId: caller.id,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` },
        ],
      },
      context: {
        tenant: caller.tenant,
        scopes: caller.scopes.join(' '),
        keyId: caller.keyId,
        ...(caller.principal === null ? {} : { principal: caller.principal }),
      },
      usageIdentifierKey: caller.usageKey,
    };
  },
);
