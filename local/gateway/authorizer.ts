/** Asks Lambda authorizers of type TOKEN (API Gateway guide, "Input to / output from a Lambda authorizer"). */
import type { Invoke } from '../lambda/invocation.ts';
import { functionNameIn } from '../template/aws-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import type { GatewayProblem } from './gateway-responses.ts';

/** The values that the function gets as `requestContext.authorizer`. */
export type Authorized = Record<string, string | number>;
export type Verdict =
  | { allowed: true; authorizer: Authorized; usageKey: string | null }
  | { allowed: false; problem: GatewayProblem; message?: string };
export type Authorizer = {
  /** The header that holds the token, in lower case. */
  header: string;
  judge(token: string | undefined, methodArn: string): Promise<Verdict>;
};

type Policy = { allows: (arn: string) => boolean; denies: (arn: string) => boolean };
type Answer =
  | { problem: GatewayProblem }
  | { problem: null; policy: Policy; authorizer: Authorized; usageKey: string | null };

const ttlDefaultSeconds = 300;
const cachedMax = 10_000;

/** The template's authorizers by logical id. Throws on settings that cannot be played here. */
export function authorizersFrom(resolver: Resolver, invoke: Invoke): Map<string, Authorizer> {
  return new Map(
    resolver
      .resources('AWS::ApiGateway::Authorizer')
      .map(([id, { Properties }]) => [
        resolver.identity(id).ref,
        authorizerFrom(id, resolver.resolve(Properties) as Record<string, unknown>, invoke),
      ]),
  );
}

function authorizerFrom(
  id: string,
  properties: Record<string, unknown>,
  invoke: Invoke,
): Authorizer {
  const source = /^method\.request\.header\.(.+)$/.exec(String(properties['IdentitySource']))?.[1];
  if (properties['Type'] !== 'TOKEN' || source === undefined)
    throw new Error(`${id}: only authorizers of type TOKEN, with a header, are supported here.`);
  const arn = /\/functions\/(.+)\/invocations$/.exec(String(properties['AuthorizerUri']))?.[1];
  const functionName = functionNameIn(String(arn));
  const expression = properties['IdentityValidationExpression'];
  const valid = expression === undefined ? null : new RegExp(`^(?:${expression})$`);
  const ttlMs = Number(properties['AuthorizerResultTtlInSeconds'] ?? ttlDefaultSeconds) * 1_000;
  /** The cache, by token. One answer serves every method, because its policy says which methods it allows. */
  const cache = new Map<string, { answer: Promise<Answer>; until: number }>();

  const ask = async (authorizationToken: string, methodArn: string): Promise<Answer> => {
    const event = { type: 'TOKEN', authorizationToken, methodArn };
    const invocation = await invoke(functionName, JSON.stringify(event));
    if (invocation.ok) return readAnswer(invocation.payload);
    const unauthorized = invocation.error.errorMessage === 'Unauthorized';
    return { problem: unauthorized ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE' };
  };
  const answerFor = (token: string, methodArn: string): Promise<Answer> => {
    const now = Date.now();
    const cached = cache.get(token);
    if (cached !== undefined && cached.until > now) return cached.answer;
    const answer = ask(token, methodArn);
    if (ttlMs === 0) return answer;
    if (cache.size >= cachedMax) cache.clear();
    const entry = { answer, until: now + ttlMs };
    cache.set(token, entry);
    // Only policies are cached. Requests that arrive while the function is asked wait for its answer.
    void answer.then(({ problem }) => {
      if (problem !== null && cache.get(token) === entry) cache.delete(token);
    });
    return answer;
  };
  return {
    header: source.toLowerCase(),
    judge: async (token, methodArn) => {
      if (token === undefined || token === '' || valid?.test(token) === false)
        return { allowed: false, problem: 'UNAUTHORIZED' };
      const answer = await answerFor(token, methodArn);
      if (answer.problem !== null) return { allowed: false, problem: answer.problem };
      const { policy, authorizer, usageKey } = answer;
      const message = 'User is not authorized to access this resource';
      if (policy.denies(methodArn))
        return {
          allowed: false,
          problem: 'ACCESS_DENIED',
          message: `${message} with an explicit deny`,
        };
      if (!policy.allows(methodArn)) return { allowed: false, problem: 'ACCESS_DENIED', message };
      return { allowed: true, authorizer, usageKey };
    },
  };
}

const oneOrMany = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function readAnswer(payload: string): Answer {
  const bad = { problem: 'AUTHORIZER_CONFIGURATION_ERROR' } as const;
  const answer = JSON.parse(payload) ?? {};
  const { principalId, policyDocument, context = {}, usageIdentifierKey } = answer;
  const statements = oneOrMany(policyDocument?.Statement);
  if (typeof principalId !== 'string' || policyDocument?.Statement === undefined) return bad;
  const values = Object.entries(context);
  // API Gateway refuses maps and lists.
  if (values.some(([, value]) => typeof value === 'object' && value !== null)) return bad;
  return {
    problem: null,
    policy: { allows: matcher(statements, 'Allow'), denies: matcher(statements, 'Deny') },
    authorizer: {
      ...Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
      principalId,
      integrationLatency: 0,
    },
    usageKey: typeof usageIdentifierKey === 'string' ? usageIdentifierKey : null,
  };
}

function matcher(statements: readonly unknown[], effect: string): (arn: string) => boolean {
  const patterns = statements.flatMap((statement) => {
    const { Effect, Action, Resource } = (statement ?? {}) as Record<string, unknown>;
    const invokes = oneOrMany(Action).some((action) =>
      wildcard(String(action).toLowerCase()).test('execute-api:invoke'),
    );
    return Effect === effect && invokes
      ? oneOrMany(Resource).map((one) => wildcard(String(one)))
      : [];
  });
  return (arn) => patterns.some((pattern) => pattern.test(arn));
}

/** A pattern of a policy, where `*` is any text and `?` one character. */
const wildcard = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );
