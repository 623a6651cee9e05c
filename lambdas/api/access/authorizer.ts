/** Who is asking. API Gateway keeps the answer for a few seconds; scopes are checked by each operation. */
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { findKey } from '../../adapters/dynamo/api-keys.ts';
import { isJwt } from '../../adapters/net/oidc.ts';
import { observed } from '../../boot/observe.ts';
import { tokenUsageKey } from '../../boot/settings.ts';
import { database, tables } from '../../boot/tables.ts';
import { bootTokens } from '../../boot/tokens.ts';
import { isScope, isTenantName } from './access.ts';

/** API Gateway takes 10,240 bytes of headers together. */
const bearer = /^Bearer ([\x21-\x7e]{1,8192})$/i;
const keyLengthMax = 200;

type Caller = { id: string; keyId: string; tenant: string; scopes: string[]; usageKey: string };

const tokens = bootTokens();

async function callerWithKey(key: string): Promise<Caller | null> {
  const found = key.length > keyLengthMax ? null : await findKey(database(), tables(), key);
  return found === null ? null : { id: found.keyId, ...found };
}

/** A token without a tenant is nobody's; a scope that is not ours is none. */
async function callerWithToken(token: string): Promise<Caller | null> {
  const claims = await tokens?.(token);
  if (!claims || claims.tenant === null || !isTenantName(claims.tenant)) return null;
  const { subject, tenant, scopes } = claims;
  const id = subject ?? 'token';
  return { id, keyId: 'token', tenant, scopes: scopes.filter(isScope), usageKey: tokenUsageKey() };
}

export const handler = observed(
  async ({
    authorizationToken,
    methodArn,
  }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const [, given] = bearer.exec(authorizationToken) ?? [];
    const caller =
      given === undefined ? null : await (isJwt(given) ? callerWithToken : callerWithKey)(given);
    // This very text makes API Gateway answer 401.
    if (caller === null) throw new Error('Unauthorized');
    // arn:…:api/stage/METHOD/path: allowed for the whole stage, so that the cached answer fits every route. It says
    // who is asking and never what for: a wider or narrower answer could be reused where it is wrong.
    const [api = '', stage = ''] = methodArn.split('/');
    return {
      principalId: caller.id,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` },
        ],
      },
      context: { tenant: caller.tenant, scopes: caller.scopes.join(' '), keyId: caller.keyId },
      usageIdentifierKey: caller.usageKey,
    };
  },
);
