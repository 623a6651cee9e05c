import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Resource } from '../../local/template/template.ts';
import { lambda, notebook, noteCode, type Running, removeDir, run, tempDir } from './fixture.ts';

const directory = tempDir();
let running: Running;
afterAll(async () => {
  await running.stop();
  removeDir(directory);
});

const uri = (id: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
      { 'Fn::GetAtt': [id, 'Arn'] },
      '/invocations',
    ],
  ],
});
const resource = (parent: string | null, part: string): Resource => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: {
    ParentId: parent === null ? { 'Fn::GetAtt': ['Api', 'RootResourceId'] } : { Ref: parent },
    PathPart: part,
  },
});
const method = (
  at: string,
  httpMethod: string,
  by: string,
  more: { authorized?: true; timeoutMs?: number } = {},
): Resource => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    ResourceId: { Ref: at },
    HttpMethod: httpMethod,
    AuthorizationType: more.authorized ? 'CUSTOM' : 'NONE',
    ...(more.authorized && { AuthorizerId: { Ref: 'Keys' } }),
    Integration: {
      Type: 'AWS_PROXY',
      Uri: uri(by),
      ...(more.timeoutMs !== undefined && { TimeoutInMillis: more.timeoutMs }),
    },
  },
});
const gatewayResponse = (ResponseType: string, properties: Record<string, unknown>): Resource => ({
  Type: 'AWS::ApiGateway::GatewayResponse',
  Properties: { ResponseType, ...properties },
});
const problem = (code: string) => ({
  'application/json': `{"code":"${code}","requestId":"$context.requestId","said":$context.error.messageString,"path":"$context.path"}`,
});

const resources: Record<string, Resource> = {
  Api: {
    Type: 'AWS::ApiGateway::RestApi',
    Properties: { Name: 'test', BinaryMediaTypes: ['*/*'] },
  },
  Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'prod' } },
  V1: resource(null, 'v1'),
  Items: resource('V1', 'items'),
  Item: resource('Items', '{itemId}'),
  Special: resource('Items', 'special'),
  Parts: resource('Item', 'parts'),
  Files: resource('V1', 'files'),
  File: resource('Files', '{proxy+}'),
  Secure: resource('V1', 'secure'),
  Answers: resource('V1', 'answers'),
  Slow: resource('V1', 'slow'),
  GetItem: method('Item', 'GET', 'Echo'),
  PostItems: method('Items', 'POST', 'Echo'),
  GetSpecial: method('Special', 'GET', 'Echo'),
  GetParts: method('Parts', 'GET', 'Echo'),
  AnyFile: method('File', 'ANY', 'Echo'),
  GetSecure: method('Secure', 'GET', 'Echo', { authorized: true }),
  PostSecure: method('Secure', 'POST', 'Echo', { authorized: true }),
  PostAnswers: method('Answers', 'POST', 'Answer'),
  GetSlow: method('Slow', 'GET', 'Sleep', { timeoutMs: 50 }),
  Keys: {
    Type: 'AWS::ApiGateway::Authorizer',
    Properties: {
      Type: 'TOKEN',
      IdentitySource: 'method.request.header.Authorization',
      IdentityValidationExpression: 'Bearer .+',
      AuthorizerResultTtlInSeconds: 300,
      AuthorizerUri: uri('Authorize'),
    },
  },
  Unauthorized: gatewayResponse('UNAUTHORIZED', {
    StatusCode: '401',
    ResponseTemplates: problem('UNAUTHORIZED'),
    ResponseParameters: {
      'gatewayresponse.header.Content-Type': "'application/problem+json'",
      'gatewayresponse.header.WWW-Authenticate': "'Bearer'",
      'gatewayresponse.header.X-Request': 'context.requestId',
    },
  }),
  NotFound: gatewayResponse('MISSING_AUTHENTICATION_TOKEN', {
    StatusCode: '404',
    ResponseTemplates: problem('NOT_FOUND'),
  }),
  ServerError: gatewayResponse('DEFAULT_5XX', { ResponseTemplates: problem('UNAVAILABLE') }),
  Echo: lambda('echo'),
  Answer: lambda('answer'),
  Sleep: lambda('sleep'),
  Authorize: lambda('authorize', {
    Environment: { Variables: { NOTEBOOK: notebook(directory).file } },
  }),
};
const code = {
  echo: `export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`,
  answer: `export const handler = async (event) => {
    const wanted = JSON.parse(Buffer.from(event.body, 'base64'));
    if (wanted.throws) throw new Error('no');
    return wanted;
  };`,
  sleep: 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 500));',
  authorize: `${noteCode}
    export const handler = async ({ authorizationToken, methodArn, type }) => {
      note({ authorizationToken, methodArn, type });
      if (authorizationToken === 'Bearer stranger') throw new Error('Unauthorized');
      if (authorizationToken === 'Bearer broken') throw new Error('the database is gone');
      if (authorizationToken === 'Bearer odd') return { principalId: 'odd' };
      const [api, stage] = methodArn.split('/');
      const statement = (Effect, path) => ({ Action: 'execute-api:Invoke', Effect, Resource: api + '/' + stage + path });
      const statements = {
        'Bearer all': [statement('Allow', '/*')],
        'Bearer reader': [statement('Allow', '/GET/*')],
        'Bearer denied': [statement('Allow', '/*'), statement('Deny', '/POST/v1/*')],
      };
      return {
        principalId: 'someone',
        policyDocument: { Version: '2012-10-17', Statement: statements[authorizationToken] },
        context: { tenant: 'alice', level: 3, fine: true },
      };
    };`,
};
beforeAll(async () => {
  running = await run({ directory, resources, code });
});

type Answer = { status: number; headers: Headers; text: string };
async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(running.apiUrl + path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const eventOf = async (path: string, init?: RequestInit): Promise<APIGatewayProxyEvent> =>
  JSON.parse((await ask(path, init)).text);

test('the event is what API Gateway sends', async () => {
  const event = await eventOf('/v1/items/a%20b?x=1&x=2&y=a%2Bb&empty=', {
    headers: { 'X-Custom': 'Value' },
  });
  expect(event).toMatchObject({
    resource: '/v1/items/{itemId}',
    path: '/v1/items/a%20b',
    httpMethod: 'GET',
    pathParameters: { itemId: 'a%20b' },
    queryStringParameters: { x: '2', y: 'a+b', empty: '' },
    multiValueQueryStringParameters: { x: ['1', '2'], y: ['a+b'], empty: [''] },
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      resourcePath: '/v1/items/{itemId}',
      httpMethod: 'GET',
      path: '/prod/v1/items/a%20b',
      protocol: 'HTTP/1.1',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      requestTimeEpoch: expect.any(Number),
      stage: 'prod',
      identity: { sourceIp: '127.0.0.1' },
    },
  });
  expect(event.headers['X-Forwarded-For']).toBe('127.0.0.1');
  expect(event.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[\da-f]{8}-[\da-f]{24}$/);
});

test('header names keep their case, and repeated headers all their values', async () => {
  const { hostname, port } = new URL(running.apiUrl);
  const headers = ['X-MiXed', 'a', 'X-MiXed', 'b', 'Host', 'somewhere'];
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request({ hostname, port, path: '/v1/items/1', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    sent.on('error', reject).end();
  });
  const event = JSON.parse(text) as APIGatewayProxyEvent;
  expect(event.multiValueHeaders['X-MiXed']).toEqual(['a', 'b']);
  expect(event.headers['X-MiXed']).toBe('b');
});

test('a body comes as base64, byte for byte', async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const event = await eventOf('/v1/items', { method: 'POST', body: bytes });
  expect(event.isBase64Encoded).toBe(true);
  expect(Buffer.from(event.body ?? '', 'base64')).toEqual(bytes);
});

test.each<[string, string, string, Record<string, string> | null]>([
  ['GET', '/v1/items/special', '/v1/items/special', null],
  ['GET', '/v1/items/other', '/v1/items/{itemId}', { itemId: 'other' }],
  ['GET', '/v1/items/other/', '/v1/items/{itemId}', { itemId: 'other' }],
  ['GET', '/v1/items/special/parts', '/v1/items/{itemId}/parts', { itemId: 'special' }],
  ['GET', '/v1/files/a/b/c', '/v1/files/{proxy+}', { proxy: 'a/b/c' }],
  ['DELETE', '/v1/files/a', '/v1/files/{proxy+}', { proxy: 'a' }],
])('%s %s is %s', async (httpMethod, path, resourcePath, pathParameters) => {
  const event = await eventOf(path, { method: httpMethod });
  expect(event).toMatchObject({ resource: resourcePath, pathParameters, httpMethod });
});

test.each([
  ['GET', '/'],
  ['GET', '/v2'],
  ['GET', '/v1'],
  ['GET', '/v1/items'],
  ['DELETE', '/v1/items/1'],
  ['GET', '/v1/files'],
  ['GET', '/v1//items'],
])('there is nothing at %s %s', async (httpMethod, path) => {
  const { status, headers, text } = await ask(path, { method: httpMethod });
  expect(status).toBe(404);
  expect(JSON.parse(text)).toEqual({
    code: 'NOT_FOUND',
    requestId: headers.get('x-amzn-requestid'),
    said: 'Missing Authentication Token',
    path: `/prod${path}`,
  });
});

const answer = (body: unknown) =>
  ask('/v1/answers', { method: 'POST', body: JSON.stringify(body) });

test('an answer is passed on with its headers', async () => {
  const { status, headers, text } = await answer({
    statusCode: 201,
    headers: { Location: '/here', 'X-One': 'a', 'WWW-Authenticate': 'Bearer' },
    multiValueHeaders: { 'X-One': ['b', 'c'] },
    body: 'done',
  });
  expect([status, text]).toEqual([201, 'done']);
  expect(headers.get('location')).toBe('/here');
  expect(headers.get('x-one')).toBe('b, c');
  expect(headers.get('content-type')).toBe('application/json');
  // API Gateway does not let a function set this one.
  expect(headers.get('www-authenticate')).toBeNull();
  expect(headers.get('x-amzn-remapped-www-authenticate')).toBe('Bearer');
});

test('a 401 of a function names its scheme under both names', async () => {
  const { status, headers } = await answer({
    statusCode: 401,
    headers: { 'www-authenticate': 'Signature' },
    body: '{}',
  });
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Signature');
  expect(headers.get('x-amzn-remapped-www-authenticate')).toBe('Signature');
});

test('a base64 answer is decoded', async () => {
  const { text } = await answer({ statusCode: 200, body: 'aGk=', isBase64Encoded: true });
  expect(text).toBe('hi');
});

test.each([
  ['a function that throws', { throws: true }],
  ['no status', { body: 'x' }],
  ['a status that is none', { statusCode: 'fine' }],
  ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
  ['headers that cannot be sent', { statusCode: 200, headers: { 'X-A': 'a\nb' } }],
  ['text', 'text'],
  ['nothing', null],
])('%s is a 502', async (_, body) => {
  const { status, text } = await answer(body);
  expect(status).toBe(502);
  expect(JSON.parse(text)).toMatchObject({ code: 'UNAVAILABLE', said: 'Internal server error' });
});

test('a function that takes too long is a 504', async () => {
  const { status, text } = await ask('/v1/slow');
  expect(status).toBe(504);
  expect(JSON.parse(text)).toMatchObject({ said: 'Endpoint request timed out' });
});

test.each([
  ['with a length', Buffer.alloc(10 * 1024 * 1024 + 1)],
  [
    'in chunks',
    new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent < 11; sent += 1) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    }),
  ],
])('a body that is too large is a 413: %s', async (_, body) => {
  const { status } = await ask('/v1/items', {
    method: 'POST',
    body,
    duplex: 'half',
  } as RequestInit);
  expect(status).toBe(413);
});

const secure = (token: string | null, httpMethod = 'GET') =>
  ask('/v1/secure', {
    method: httpMethod,
    headers: token === null ? {} : { authorization: token },
  });

test.each<[string, string | null]>([
  ['no token', null],
  ['a token that is not of the right form', 'Basic abc'],
  ['an unknown token', 'Bearer stranger'],
])('%s is a 401', async (_, token) => {
  const { status, headers, text } = await secure(token);
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('x-request')).toBe(headers.get('x-amzn-requestid'));
  expect(JSON.parse(text)).toMatchObject({ code: 'UNAUTHORIZED', said: 'Unauthorized' });
});

test.each([
  ['Bearer all', 'POST', 200],
  ['Bearer reader', 'GET', 200],
  ['Bearer reader', 'POST', 403],
  ['Bearer denied', 'GET', 200],
  ['Bearer denied', 'POST', 403],
  ['Bearer broken', 'GET', 500],
  ['Bearer odd', 'GET', 500],
])('%s may %s: %d', async (token, httpMethod, status) => {
  expect((await secure(token, httpMethod)).status).toBe(status);
});

test('the authorizer is asked once per token, and what it says reaches the function', async () => {
  const asked = () =>
    notebook(directory)
      .read<{ authorizationToken: string; methodArn: string; type: string }>()
      .filter(({ authorizationToken }) => authorizationToken === 'Bearer all');
  const answers = await Promise.all([
    secure('Bearer all'),
    secure('Bearer all'),
    secure('Bearer all', 'POST'),
  ]);
  expect(asked()).toEqual([
    {
      authorizationToken: 'Bearer all',
      methodArn: expect.stringMatching(
        /^arn:aws:execute-api:us-east-1:000000000000:Api\/prod\/\w+\/v1\/secure$/,
      ),
      type: 'TOKEN',
    },
  ]);
  for (const { text } of answers)
    expect(JSON.parse(text).requestContext.authorizer).toMatchObject({
      principalId: 'someone',
      tenant: 'alice',
      level: '3',
      fine: 'true',
    });
});
