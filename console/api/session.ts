/**
 * The keys that were given to the page, in its memory and nowhere else: they are gone when it is closed or loaded again. A key
 * sees what its scopes let it see, so the page finds these out and shows no more.
 */
import { computed, signal } from '@preact/signals';
import { type Answer, ask, saidBy } from './call.ts';

export const scopes = [
  'withdrawals:read',
  'withdrawals:write',
  'wallets:read',
  'wallets:write',
  'transactions:write',
  'webhooks:read',
  'webhooks:write',
  'operations',
] as const;
export type Scope = (typeof scopes)[number];
export type Key = { key: string; name: string; scopes: ReadonlySet<Scope> };

export const keys = signal<readonly Key[]>([]);
/** The key with which a tenant's own things are looked at, and the one with which operators' things are. */
const chosenClient = signal<string | null>(null);
const chosenOperator = signal<string | null>(null);

const isOperators = ({ scopes }: Key): boolean => scopes.has('operations');
const isClients = ({ scopes }: Key): boolean => [...scopes].some((one) => one !== 'operations');
const chosenOf = (those: readonly Key[], chosen: string | null): Key | null =>
  those.find(({ key }) => key === chosen) ?? those[0] ?? null;

export const clientKeys = computed(() => keys.value.filter(isClients));
export const operatorKeys = computed(() => keys.value.filter(isOperators));
export const client = computed(() => chosenOf(clientKeys.value, chosenClient.value));
export const operator = computed(() => chosenOf(operatorKeys.value, chosenOperator.value));

/** Whether the present keys may do this. */
export const may = (scope: Scope): boolean =>
  scope === 'operations' ? operator.value !== null : (client.value?.scopes.has(scope) ?? false);
/** The key to ask with; an empty one is refused by the API, which the page then shows. */
export const keyFor = (scope: Scope): string =>
  (scope === 'operations' ? operator.value : client.value)?.key ?? '';

/**
 * One question for each scope, none of which changes anything: a key without the scope is refused before the API looks at what
 * is asked, and one that has it is told that there is no such thing, or that the body is empty.
 */
const probes: Record<Scope, () => Parameters<typeof ask>> = {
  'withdrawals:read': () => ['GET', '/v1/withdrawals', { key: '', query: { limit: 1 } }],
  'withdrawals:write': () => ['POST', '/v1/withdrawals/none/cancel', { key: '' }],
  'wallets:read': () => ['GET', '/v1/wallets', { key: '', query: { limit: 1 } }],
  'wallets:write': () => ['POST', '/v1/wallets', { key: '', body: {} }],
  'transactions:write': () => ['POST', '/v1/wallets/none/transactions', { key: '', body: {} }],
  'webhooks:read': () => ['GET', '/v1/webhook-endpoints', { key: '', query: { limit: 1 } }],
  'webhooks:write': () => ['POST', '/v1/webhook-deliveries/none/redeliver', { key: '' }],
  operations: () => ['GET', '/v1/processor', { key: '' }],
};

/** Signs in with a key. Answers why it could not; `null`: it is in use now. */
export async function signIn(given: string): Promise<string | null> {
  const key = given.trim();
  if (key === '') return 'Give a key.';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'A key has visible ASCII characters only.';
  const known = keys.value.find((one) => one.key === key);
  if (known !== undefined) return use(known);
  const had = new Set<Scope>();
  // The first question finds out whether the key is known at all, before the others are asked.
  for (const some of [scopes.slice(0, 1), scopes.slice(1)]) {
    const answers = await Promise.all(
      some.map(async (scope) => {
        const [method, path, asked] = probes[scope]();
        return { scope, answer: await patiently(() => ask(method, path, { ...asked, key })) };
      }),
    );
    for (const { scope, answer } of answers) {
      if (answer.is === 'away') return saidBy(answer);
      if (answer.is === 'ok') had.add(scope);
      else if (answer.status === 401) return 'The API does not know this key.';
      else if (answer.status === 429 || answer.status === 503) return saidBy(answer);
      else if (answer.status !== 403) had.add(scope);
    }
  }
  if (had.size === 0) return 'This key has no scope: there is nothing that it may see.';
  const made: Key = { key, name: nameOf(key), scopes: had };
  keys.value = [...keys.value, made];
  return use(made);
}

const patienceMs = 1_100;
const patientTries = 5;
/** A key may have so low a rate that these few questions are too many at once. */
async function patiently(question: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> {
  for (let tried = 1; ; tried += 1) {
    const answer = await question();
    if (answer.is !== 'refused' || answer.status !== 429 || tried === patientTries) return answer;
    await new Promise((resolve) => setTimeout(resolve, patienceMs));
  }
}

export function use(one: Key): null {
  if (isClients(one)) chosenClient.value = one.key;
  if (isOperators(one)) chosenOperator.value = one.key;
  return null;
}

export function forget({ key }: Key): void {
  keys.value = keys.value.filter((one) => one.key !== key);
}

const shownLast = 4;
/** A key is a secret: its name on the page is how it ends. The local ones are no secrets, and are named in full. */
const nameOf = (key: string): string =>
  key.startsWith('dk_local_') ? key.slice('dk_local_'.length) : `…${key.slice(-shownLast)}`;

export const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname);
/** The keys that `npm start` makes (README.md). They open nothing but this machine. */
export const localKeys = [
  { key: 'dk_local_alice', who: 'alice', what: 'a client: her wallets, withdrawals and webhooks' },
  { key: 'dk_local_alice_readonly', who: 'alice, read only', what: 'alice’s things, to look at' },
  { key: 'dk_local_bob', who: 'bob', what: 'another client, who sees nothing of alice’s' },
  {
    key: 'dk_local_operator',
    who: 'operator',
    what: 'runs Drawbridge: all clients, queues, treasury',
  },
  { key: 'dk_local_operator2', who: 'operator2', what: 'confirms what the other one proposes' },
] as const;
