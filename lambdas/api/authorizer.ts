/** Whose key a request carries. API Gateway keeps the answer for a few seconds; scopes are checked by each operation. */
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { findKey } from '../adapters/dynamo-keys.ts';
import { database, tables } from '../boot.ts';
import { observed } from '../observe.ts';

const bearer = /^Bearer ([\x21-\x7e]{1,200})$/i;

export const handler = observed(
  async ({
    authorizationToken,
    methodArn,
  }: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const [, token] = bearer.exec(authorizationToken) ?? [];
    const key = token === undefined ? null : await findKey(database(), tables(), token);
    // This very text makes API Gateway answer 401.
    if (key === null) throw new Error('Unauthorized');
    // arn:…:api/stage/METHOD/path: allowed for the whole stage, so that the cached answer fits every route.
    const [api = '', stage = ''] = methodArn.split('/');
    return {
      principalId: key.keyId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` },
        ],
      },
      context: { tenant: key.tenant, scopes: key.scopes.join(' '), keyId: key.keyId },
    };
  },
);
