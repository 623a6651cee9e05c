/**
 * Answers the calls of API Gateway's control plane that `npm run keys` makes (API Gateway's API reference: CreateApiKey,
 * GetApiKeys, DeleteApiKey, GetUsagePlans, CreateUsagePlanKey).
 */
import type { IncomingMessage } from 'node:http';
import type { Listener } from '../host/servers.ts';
import type { UsageKey, UsagePlan, UsagePlans } from './usage-plans.ts';

type Answer = { status: number; body?: unknown } | { refused: Refusal; message: string };
type Refusal = keyof typeof statusOf;
const statusOf = { BadRequestException: 400, NotFoundException: 404, ConflictException: 409 };

const valueLength = { min: 20, max: 128 };
const bodyBytesMax = 64 * 1024;

/** Answers requests to API Gateway, and leaves all others to `otherwise`. */
export function usagePlansApi(plans: UsagePlans, otherwise: Listener): Listener {
  return (request, response) => {
    const target = request.url ?? '/';
    if (!/^\/(apikeys|usageplans)([/?]|$)/.test(target)) return otherwise(request, response);
    answerTo(plans, request, new URL(target, 'http://local'))
      .then((answer) => {
        const refused = 'refused' in answer;
        response.writeHead(refused ? statusOf[answer.refused] : answer.status, {
          'content-type': 'application/json',
          ...(refused && { 'x-amzn-errortype': answer.refused }),
        });
        const body = refused ? { message: answer.message } : answer.body;
        response.end(body === undefined ? undefined : JSON.stringify(body));
      })
      .catch((error: unknown) => {
        // A client that disconnects in the middle of its request is no failure of ours.
        if (!response.destroyed) console.error('The local API Gateway failed', error);
        response.destroy();
      });
  };
}

async function answerTo(plans: UsagePlans, request: IncomingMessage, url: URL): Promise<Answer> {
  const [, collection, id, inner] = url.pathname.split('/').map(decodeURIComponent);
  const what = `${request.method} ${collection}${id ? '/{id}' : ''}${inner ? `/${inner}` : ''}`;
  switch (what) {
    case 'GET apikeys': {
      const name = url.searchParams.get('name') ?? '';
      const found = plans.keys().filter((key) => key.name.startsWith(name));
      return { status: 200, body: { item: found.map(keyBody) } };
    }
    case 'POST apikeys':
      return createApiKey(plans, await bodyOf(request));
    case 'DELETE apikeys/{id}':
      return plans.remove(id ?? '')
        ? { status: 202 }
        : refuse('NotFoundException', 'Invalid API Key identifier specified');
    case 'GET usageplans':
      return { status: 200, body: { item: plans.plans.map(planBody) } };
    case 'POST usageplans/{id}/keys':
      return createUsagePlanKey(plans, id ?? '', await bodyOf(request));
    default:
      return refuse('BadRequestException', `${what} is not something that this machine knows.`);
  }
}

const refuse = (refused: Refusal, message: string): Answer => ({ refused, message });

type Body = Readonly<Record<string, unknown>>;

/** The JSON of a body. Rejects when it is too long, is no JSON, or the client disconnects. */
async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error('The body is too long.');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
}

function createApiKey(plans: UsagePlans, { name, value, enabled }: Body): Answer {
  if (typeof name !== 'string' || typeof value !== 'string' || enabled !== true)
    return refuse('BadRequestException', 'Here a key needs a name and a value, and is enabled.');
  if (value.length < valueLength.min || value.length > valueLength.max)
    return refuse(
      'BadRequestException',
      `API Key value should be ${valueLength.min} to ${valueLength.max} characters`,
    );
  const key = plans.add(name, value);
  return key === null
    ? refuse('ConflictException', 'API Key already exists')
    : { status: 201, body: { ...keyBody(key), value } };
}

function createUsagePlanKey(plans: UsagePlans, planId: string, { keyId }: Body): Answer {
  const plan = plans.plans.find(({ id }) => id === planId);
  const key = plans.keys().find(({ id }) => id === keyId);
  if (plan === undefined) return refuse('NotFoundException', 'Invalid Usage Plan ID specified');
  if (key === undefined) return refuse('NotFoundException', 'Invalid API Key identifier specified');
  if (key.plans.includes(planId))
    return refuse('ConflictException', 'Usage Plan Key already exists');
  plans.attach(key, planId);
  return { status: 201, body: { id: key.id, name: key.name, type: 'API_KEY' } };
}

/** A key without its value, which API Gateway leaves out unless the caller asks for it. */
const keyBody = ({ id, name }: UsageKey) => ({ id, name, enabled: true });
const planBody = ({ id, name, throttle }: UsagePlan) => ({
  ...{ id, name },
  ...(throttle !== null && {
    throttle: { rateLimit: throttle.ratePerSecond, burstLimit: throttle.burst },
  }),
});
