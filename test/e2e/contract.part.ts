import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Client, clientOf, done, isFinished, newAddress, newKey } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();
let bob: Client;
let walletId: string;

beforeAll(async () => {
  bob = await clientOf(system.outputs, 'dk_local_bob');
  walletId = await alice.wallet('USD', '1000.00');
});

const ended = (id: string) => alice.until(() => alice.withdrawal(id), isFinished);
const withdrawalsOf = async (filters: Parameters<Client['api']['listWithdrawals']>[0]) =>
  done(await alice.api.listWithdrawals(filters, alice.options), 200);

/** All pages of a list. */
async function walk(
  page: (cursor?: string) => Promise<{ data: { id: string }[]; nextCursor: string | null }>,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await page(cursor);
    ids.push(...data.map(({ id }) => id));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

test('pages show each item once, newest first, while new ones are being created', async () => {
  const mine = await alice.wallet('USD', '0.01');
  const before: string[] = [];
  for (let index = 0; index < 12; index += 1) before.push((await alice.withdraw(mine)).body.id);
  let walking = true;
  const more = (async () => {
    while (walking) await alice.withdraw(mine);
  })();
  const limits = { walletId: mine, limit: 5 };
  const walked = await walk((cursor) =>
    withdrawalsOf(cursor === undefined ? limits : { ...limits, cursor }),
  );
  walking = false;
  await more;
  expect(new Set(walked).size).toBe(walked.length);
  expect(walked.slice(-12)).toEqual(before.toReversed());
});

test('filters combine, find by reference and key, and are bound into the cursor', async () => {
  const mine = await alice.wallet('USD', '0.01');
  const reference = `order ${newKey()} ü`;
  const key = newKey();
  const { id } = (await alice.withdraw(mine, { reference }, key)).body;
  const other = (await alice.withdraw(mine, { reference })).body;
  await ended(id);
  await ended(other.id);
  const ids = async (filters: object) => (await withdrawalsOf(filters)).data.map((one) => one.id);
  expect(await ids({ reference })).toEqual([other.id, id]);
  expect(await ids({ idempotencyKey: key })).toEqual([id]);
  expect(await ids({ idempotencyKey: key, walletId: mine, status: 'FAILED', reference })).toEqual([
    id,
  ]);
  expect(await ids({ idempotencyKey: key, status: 'COMPLETED' })).toEqual([]);
  expect(await ids({ idempotencyKey: 'never used' })).toEqual([]);
  expect(await ids({ walletId: mine, status: 'FAILED' })).toEqual([other.id, id]);
  expect(await ids({ walletId: `wal_${'0'.repeat(26)}` })).toEqual([]);
  expect(await ids({ reference: 'nobody has this' })).toEqual([]);
  const { nextCursor } = await withdrawalsOf({ walletId: mine, limit: 1 });
  for (const query of [
    `walletId=${mine}&status=FAILED&cursor=${nextCursor}`,
    `cursor=${nextCursor}`,
    `walletId=${mine}&cursor=${nextCursor}x`,
    'cursor=!',
    'cursor=',
  ])
    expect((await alice.call('GET', `/v1/withdrawals?${query}`)).status).toBe(400);
  // Another tenant sees none of it by any filter.
  for (const filters of [{ walletId: mine }, { reference }, { idempotencyKey: key }, {}]) {
    const { data } = done(await bob.api.listWithdrawals(filters, bob.options), 200);
    expect(data.map((one) => one.id)).not.toContain(id);
  }
});

test.each([
  'reference=%ff',
  'limit=0',
  'limit=101',
  'limit=1e1',
  'limit=-1',
  'limit=',
  'limit=1&limit=2',
  'size=5',
  'status=DONE',
])('a list refuses %s', async (query) => {
  const answer = await alice.call('GET', `/v1/withdrawals?${query}`);
  expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_REQUEST']);
});

test('wallets are listed, suspended and made active again', async () => {
  const mine = await alice.wallet('USD', '50.00');
  const page = done(await alice.api.listWallets({ limit: 1 }, alice.options), 200);
  expect(page.data.map(({ id }) => id)).toEqual([mine]);
  const patch = async (status: 'ACTIVE' | 'SUSPENDED') =>
    done(await alice.api.updateWallet(mine, { status }, alice.options), 200).status;
  expect(await patch('SUSPENDED')).toBe('SUSPENDED');
  expect(await patch('SUSPENDED')).toBe('SUSPENDED');
  expect((await alice.withdraw(mine)).body).toMatchObject({ code: 'WALLET_SUSPENDED' });
  expect(await patch('ACTIVE')).toBe('ACTIVE');
  expect((await alice.withdraw(mine)).status).toBe(202);
  expect((await bob.api.updateWallet(mine, { status: 'SUSPENDED' }, bob.options)).status).toBe(404);
});

test('the ledger of a wallet adds up, in pages and in both orders', async () => {
  const mine = await alice.wallet('USDC', '30.00');
  const ids = [];
  for (const amount of ['1.00', '2.00', '40.00'])
    ids.push((await alice.withdraw(mine, { amount })).body.id);
  for (const id of ids) await ended(id);
  const entries = async (order: 'oldest' | 'newest') => {
    const all = [];
    let cursor: string | undefined;
    do {
      const page = done(
        await alice.api.listWalletEntries(
          mine,
          { order, limit: 2, ...(cursor === undefined ? {} : { cursor }) },
          alice.options,
        ),
        200,
      );
      all.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  };
  const oldest = await entries('oldest');
  expect(oldest.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  expect(oldest.map(({ kind }) => kind).sort()).toEqual([
    'CREDIT',
    'HOLD',
    'HOLD',
    'PAYOUT',
    'PAYOUT',
  ]);
  expect(oldest.at(-1)).toMatchObject({ availableAfter: '27.00', heldAfter: '0.00' });
  expect(await entries('newest')).toEqual(oldest.toReversed());
  const operation = async (id: string) =>
    done(await alice.api.getWalletOperation(mine, id, alice.options), 200);
  expect(await operation(ids[0] ?? '')).toMatchObject({ type: 'WITHDRAWAL', status: 'COMPLETED' });
  expect(await operation(ids[2] ?? '')).toMatchObject({
    status: 'FAILED',
    failure: { code: 'INSUFFICIENT_FUNDS' },
  });
  const { data } = done(await alice.api.listWalletTransactions(mine, {}, alice.options), 200);
  expect(data).toMatchObject([{ type: 'CREDIT', status: 'PROCESSED', amount: '30.00' }]);
  expect(await operation(data[0]?.id ?? '')).toMatchObject({ type: 'CREDIT', amount: '30.00' });
  expect((await alice.api.getWalletOperation(walletId, ids[0] ?? '', alice.options)).status).toBe(
    404,
  );
});

test('cancelled at whatever moment, a withdrawal is either cancelled with its money back, or paid', async () => {
  const mine = await alice.wallet('USD', '1000.00');
  await alice.until(
    async () => done(await alice.api.getWallet(mine, alice.options), 200),
    ({ available }) => available === '1000.00',
  );
  const stages = [
    'requested',
    'reserved',
    'converting',
    'converted',
    'signed',
    'broadcast',
    'settled',
  ];
  const outcomes = await Promise.all(
    stages.map(async (stage) => {
      const { id } = (await alice.withdraw(mine)).body;
      const reached = stages.slice(stages.indexOf(stage));
      await alice.until(
        () => alice.withdrawal(id),
        (one) => reached.includes(one.stage) || one.stage === 'confirmed',
      );
      const answer = await alice.api.cancelWithdrawal(id, alice.options);
      const last = await ended(id);
      if (answer.status === 409) expect(last.status).toBe('COMPLETED');
      else expect([answer.status < 300, last.status]).toEqual([true, 'CANCELLED']);
      // Asking again changes nothing.
      const again = await alice.api.cancelWithdrawal(id, alice.options);
      expect(again.status).toBe(answer.status === 409 ? 409 : 200);
      expect((await alice.api.retryWithdrawal(id, alice.options)).status).toBe(409);
      return last.status;
    }),
  );
  expect(outcomes[0]).toBe('CANCELLED');
  expect(outcomes.at(-1)).toBe('COMPLETED');
  const paid = outcomes.filter((status) => status === 'COMPLETED').length;
  const wallet = done(await alice.api.getWallet(mine, alice.options), 200);
  expect(wallet).toMatchObject({ available: `${1000 - 10 * paid}.00`, held: '0.00' });
});

test('what was rejected is taken up again when there is money', async () => {
  const mine = await alice.wallet('USDC', '1.00');
  const { id } = (await alice.withdraw(mine, { amount: '5.00' })).body;
  expect(await ended(id)).toMatchObject({ status: 'FAILED', failure: { retryable: true } });
  const credit = { type: 'CREDIT', amount: '9.00' } as const;
  await alice.api.createWalletTransaction(mine, newKey(), credit, alice.options);
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => alice.api.retryWithdrawal(id, alice.options)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
  expect(await ended(id)).toMatchObject({ status: 'COMPLETED', failure: null });
  const events = done(await alice.api.getWithdrawalEvents(id, alice.options), 200);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
});

test('fifty creates at once with one key make one withdrawal', async () => {
  const key = newKey();
  const body = { destinationAddress: newAddress() };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => alice.withdraw(walletId, body, key)),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
  expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(1);
});

/** Values of every kind, some of them almost right. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    '1.00',
    '0',
    'USDC',
    'ethereum',
    'CREDIT',
    'ACTIVE',
    '__proto__',
    'constructor',
    'toString',
    '\ud800',
    '\u0000',
  ),
  fc.string({ unit: 'grapheme' }),
);
const fields = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'constructor',
      'walletId',
      'amount',
      'asset',
      'network',
      'destinationAddress',
      'currency',
      'status',
      'type',
      'metadata',
      'reference',
      'url',
      'events',
      'maxRetries',
      'funding',
    ),
    fc.string(),
  ),
  anything,
);
const word = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom(
    'wal_0',
    `wal_${'0'.repeat(26)}`,
    `wd_${'z'.repeat(26)}`,
    '..',
    '%00',
    ' ',
    'null',
  ),
);

test('whatever is sent, the answer is documented, fits its schema and is no 5xx', async () => {
  const operations = Object.entries(alice.document.paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((method) => ({ template, method: method.toUpperCase() })),
  );
  for (const { template, method } of operations)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fields, anything),
        fc.dictionary(
          fc.constantFrom('limit', 'cursor', 'status', 'order', 'walletId', 'x'),
          word,
          {
            maxKeys: 2,
          },
        ),
        fc.array(word, { minLength: 2, maxLength: 2 }),
        fc.constantFrom('a-key', '', '"quoted"', 'ä', 'x'.repeat(256), newKey()),
        async (body, query, ids, key) => {
          const parts = [...ids];
          const target = template.replace(/\{\w+\}/g, () =>
            encodeURIComponent((parts.pop() ?? '').toWellFormed()),
          );
          const search = new URLSearchParams(query).toString();
          const headers = { 'idempotency-key': Buffer.from(key, 'utf8').toString('latin1') };
          const hasBody = method !== 'GET';
          const answer = await alice
            .call(
              method,
              search === '' ? target : `${target}?${search}`,
              hasBody ? JSON.stringify(body) : undefined,
              headers,
            )
            .catch((error: Error) => error);
          // Pages are no JSON.
          if (answer instanceof SyntaxError) return ['/docs', '/console', '/'].includes(template);
          if (answer instanceof Error) throw answer;
          return answer.status < 500;
        },
      ),
      { numRuns: 25 },
    );
});

test('the rest of what is documented works as well', async () => {
  const wallet = await alice.wallet('USD', '1.00');
  const key = newKey();
  const credit = { type: 'CREDIT', amount: '1.50' } as const;
  const { id } = done(
    await alice.api.createWalletTransaction(wallet, key, credit, alice.options),
    202,
  );
  const same = { ...credit, amount: '1.5' };
  expect(
    done(await alice.api.createWalletTransaction(wallet, key, same, alice.options), 200).id,
  ).toBe(id);
  expect(done(await alice.api.getWalletTransaction(wallet, id, alice.options), 200).id).toBe(id);
  const endpoint = { url: 'http://127.0.0.1:9/hook', events: ['*'] as ['*'] };
  const made = done(await alice.api.createWebhookEndpoint(endpoint, alice.options), 201);
  const { secret, ...shown } = made;
  expect(done(await alice.api.getWebhookEndpoint(made.id, alice.options), 200)).toEqual(shown);
  expect(secret).toMatch(/^whsec_/);
  expect(done(await alice.api.listWebhookEndpoints({}, alice.options), 200).data).toContainEqual(
    shown,
  );
  const { rotateWebhookSecret, testWebhookEndpoint, updateWebhookEndpoint } = alice.api;
  const again = { description: 'the books' };
  done(await updateWebhookEndpoint(made.id, again, alice.options), 200);
  expect(done(await rotateWebhookSecret(made.id, alice.options), 200).secret).not.toBe(secret);
  const tried = done(await testWebhookEndpoint(made.id, alice.options), 202);
  const delivery = done(await alice.api.getWebhookDelivery(tried.id, alice.options), 200);
  expect(delivery.eventId).toBe(tried.eventId);
  done(await alice.api.listWebhookDeliveries(made.id, {}, alice.options), 200);
  done(await alice.api.redeliverWebhook(tried.id, alice.options), 202);
  const since = '2026-01-01T00:00:00.000Z';
  done(await alice.api.replayWebhooks(made.id, { since }, alice.options), 202);
  const own = { event_type: '+credit', event_id: 'x', config_id: made.id };
  done(await alice.api.sendWebhook(own, alice.options), 202);
  done(await alice.api.getWebhookStats(alice.options), 200);
  expect((await alice.api.deleteWebhookEndpoint(made.id, alice.options)).status).toBe(204);
  const asked = { query: `{ wallet(id: "${wallet}") { id currency } }` };
  const told = { data: { wallet: { id: wallet, currency: 'USD' } } };
  expect(done(await alice.api.graphql(asked, alice.options), 200)).toEqual(told);
  // The operator's scope is over all tenants, and nobody else has it.
  const operator = await clientOf(system.outputs, 'dk_local_operator');
  expect(done(await operator.api.getReconciliation(operator.options), 200).differences).toEqual([]);
  const breakers = done(await operator.api.listCircuitBreakers(operator.options), 200).data;
  expect(breakers.length).toBeGreaterThan(0);
  const old = await operator.api.listOpenWithdrawals({ olderThan: '7d' }, operator.options);
  expect(done(old, 200)).toEqual({ data: [], nextCursor: null });
  const { api, options } = operator;
  const [paid] = done(await alice.api.listWithdrawals({}, alice.options), 200).data;
  const inspected = done(await api.inspectWithdrawal(paid?.id ?? '', options), 200);
  expect(inspected).toMatchObject({ id: paid?.id, tenant: 'alice' });
  const trace = done(await api.getWithdrawalTrace(paid?.id ?? '', options), 200);
  expect(trace.spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['withdrawal', 'requested']),
  );
  done(await api.startReconciliation(options), 202);
  done(await api.getStats(options), 200);
  done(await api.getTreasury(options), 200);
  done(await api.listSwitches(options), 200);
  done(await api.turnSwitch('webhook', { on: true, reason: 'It is on.' }, options), 200);
  done(await api.stopProcessor({ reason: 'A look.' }, options), 200);
  expect(done(await api.getProcessor(options), 200).state).toBe('STOPPED');
  done(await api.startProcessor({ reason: 'It is over.' }, options), 200);
  done(await api.getDeadLetters('debit', options), 200);
  done(await api.redriveDeadLetters('debit', options), 202);
  const letter = { messageId: 'none', reason: 'A look.' };
  expect((await api.discardDeadLetter('debit', letter, options)).status).toBe(404);
  alice.seen.push(...operator.seen);
  expect((await alice.api.getReconciliation(alice.options)).status).toBe(403);
  expect((await alice.api.listCircuitBreakers(alice.options)).status).toBe(403);
  expect((await alice.api.listOpenWithdrawals({}, alice.options)).status).toBe(403);
  for (const page of ['/openapi.json', '/docs', '/console', '/', '/health'])
    expect((await alice.options.fetch(system.outputs.apiUrl + page)).status).toBe(200);
});

test('what can be paid is listed, an address is validated, and a quote says what would come of it', async () => {
  const { api, options } = alice;
  const { data } = done(await api.listNetworks(options), 200);
  expect(data.map(({ network }) => network)).toEqual(
    expect.arrayContaining(Object.keys(system.outputs.chains)),
  );
  for (const { network, assets, status, addressExample, finality } of data) {
    expect([network, status]).toEqual([network, 'UP']);
    expect(assets.length).toBeGreaterThan(0);
    expect(finality.typicalSeconds).toBeGreaterThanOrEqual(0);
    const asked = { network, address: addressExample };
    expect(done(await api.validateAddress(asked, options), 200)).toEqual({
      valid: true,
      canonical: addressExample,
    });
  }
  const ethereum = data.find(({ network }) => network === 'ethereum');
  expect(ethereum?.chainId).toBeGreaterThan(0);
  const wrong = { network: 'ethereum', address: `${ethereum?.addressExample}0` };
  expect(done(await api.validateAddress(wrong, options), 200)).toMatchObject({ valid: false });

  const dollars = { amount: '100.00', asset: 'USDC', network: 'ethereum', walletId };
  const quoted = done(await api.createQuote(dollars, options), 200);
  expect(quoted.payout.asset).toBe('USDC');
  expect(quoted.fees.map(({ type, currency }) => [type, currency])).toEqual([
    ['on-ramp', 'USD'],
    ['network', 'ETH'],
  ]);
  expect(Date.parse(quoted.expiresAt)).toBeGreaterThan(Date.now());
  const { walletId: _, ...coins } = { ...dollars, currency: 'USDC' as const };
  const plain = done(await api.createQuote(coins, options), 200);
  expect(plain.payout).toEqual({ amount: '100.00', asset: 'USDC' });
  expect(plain.fees.map(({ type }) => type)).toEqual(['network']);
  // Whoever may only read may ask all of this, and may send no batch.
  const reader = await clientOf(system.outputs, 'dk_local_alice_readonly');
  done(await reader.api.listNetworks(reader.options), 200);
  done(await reader.api.createQuote(coins, reader.options), 200);
  expect((await bob.api.createQuote(dollars, bob.options)).status).toBe(404);
});

test('a batch pays each of its lines once, however often it is posted', async () => {
  const { api, options } = alice;
  const mine = await alice.wallet('USDC', '100.00');
  const began = new Date().toISOString();
  const lineOf = (key: string) => ({
    ...{ key, walletId: mine, amount: '1.00', asset: 'USDC' },
    ...{ network: 'ethereum', destinationAddress: newAddress() },
  });
  const lines = [lineOf(newKey()), lineOf(newKey()), { ...lineOf(newKey()), amount: '0' }];
  const key = newKey();
  const body = { withdrawals: lines };
  const first = done(await api.createWithdrawalBatch(key, body, options), 202);
  expect(first.results.map(({ status }) => status)).toEqual([202, 202, 400]);
  const again = done(await api.createWithdrawalBatch(key, body, options), 200);
  expect(again.id).toBe(first.id);
  expect(again.results.map(({ status }) => status)).toEqual([200, 200, 400]);
  const ids = first.results.flatMap(({ withdrawal }) => withdrawal?.id ?? []);
  const ends = await alice.allFinished(ids);
  expect(ends.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
  expect(done(await api.getWithdrawalBatch(first.id, options), 200)).toMatchObject({
    ...{ total: 3, byStatus: { COMPLETED: 2, REFUSED: 1 } },
  });
  const { data } = await withdrawalsOf({ batchId: first.id, network: 'ethereum' });
  expect(data.map(({ id }) => id)).toEqual(ids.toReversed());
  const since = await withdrawalsOf({ walletId: mine, createdAfter: began });
  expect(since.data.map(({ id }) => id)).toEqual(ids.toReversed());
  expect((await withdrawalsOf({ walletId: mine, createdBefore: began })).data).toEqual([]);
  const filters = `batchId: "${first.id}", network: "ethereum", createdAfter: "${began}"`;
  const query = `{ withdrawals(${filters}) { data { id } } }`;
  const told = done(await api.graphql({ query }, options), 200);
  expect(told.data).toEqual({ withdrawals: { data: data.map(({ id }) => ({ id })) } });
  expect(done(await api.getWallet(mine, options), 200).available).toBe('98.00');
});

test('every operation was answered with each success that it documents', () => {
  const promised = Object.values(alice.document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId, responses }) =>
      Object.keys(responses)
        .filter((status) => status.startsWith('2'))
        .map((status) => `${operationId} ${status}`),
    ),
  );
  const seen = new Set(alice.seen.map(({ operationId, status }) => `${operationId} ${status}`));
  expect(promised.filter((one) => !seen.has(one))).toEqual([
    // Need a withdrawal in REVIEW: test/e2e/review.part.ts has one, and test/api/operators.test.ts holds each answer to its schema.
    ...['resumeWithdrawal 200', 'resumeWithdrawal 202'],
    ...['refundWithdrawal 200', 'refundWithdrawal 202'],
    ...['cancelPayout 200', 'cancelPayout 202'],
    // Needs a dead letter that nobody can read: test/e2e/observability.part.ts has one.
    'discardDeadLetter 200',
    // Needs the provider's signature: test/e2e/withdrawal.part.ts lives on these events.
    'receiveDueEvent 200',
  ]);
});

test('an event that no provider has signed is a 401 that names its scheme', async () => {
  const response = await fetch(`${system.outputs.apiUrl}/v1/providers/due/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-webhook-signature': '0'.repeat(128) },
    body: '{}',
  });
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Signature']);
});
