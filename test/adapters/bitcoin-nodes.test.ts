/** What a node of Bitcoin Core answers, as it writes it, and what we read in it. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { probeOf } from '../../lambdas/adapters/bitcoin/exchange.ts';
import { satoshiIn } from '../../lambdas/adapters/bitcoin/json.ts';
import { connectBitcoin } from '../../lambdas/adapters/bitcoin/payouts.ts';
import { replyFor } from '../../lambdas/adapters/bitcoin/words.ts';
import { bitcoinWords } from '../support/bitcoin-words.ts';

const treasury = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
const script = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
const id = (digit: string): string => digit.repeat(64);

type Said = { status?: number; body: string };
/** A node that says what a test has written down, word for word. */
async function startNode(says: (method: string, batch: boolean) => Said | string) {
  const seen: { headers: IncomingHttpHeaders; methods: string[] }[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as
      | { id: number; method: string }[]
      | { id: number; method: string };
    const calls = [body].flat();
    seen.push({ headers: request.headers, methods: calls.map(({ method }) => method) });
    const all = calls.map(({ id: number, method }) => {
      const said = says(method, Array.isArray(body));
      return typeof said === 'string' ? { body: said.replace('$ID', String(number)) } : said;
    });
    const whole = all.find((one): one is Said => 'status' in one);
    response.writeHead(whole?.status ?? 200, { 'content-type': 'application/json' });
    const bodies = all.map((one) => one.body);
    response.end(whole?.body ?? (Array.isArray(body) ? `[${bodies.join(',')}]` : bodies[0]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  stops.push(() => server.close());
  const rpcUrl = `http://rpcuser:s3cret%40@127.0.0.1:${port}/wallet/drawbridge`;
  const settings = { network: 'bitcoin', net: 'main', treasury, rpcUrl } as const;
  return { seen, chain: connectBitcoin(settings), rpcUrl };
}
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const ok = (result: string): string => `{"jsonrpc":"2.0","result":${result},"id":$ID}`;
const info = (given = ''): string =>
  ok(
    `{"chain":"main","blocks":870000,"headers":870000,"bestblockhash":"${id('a')}","bits":"17030ecd","difficulty":95672703408223.94,"time":1731000000,"mediantime":1730999000,"verificationprogress":0.9999995,"initialblockdownload":false,"chainwork":"${id('0')}","size_on_disk":680000000000,"pruned":false,"warnings":[]${given}}`,
  );

test('amounts are read without rounding, from what version 27 of Bitcoin Core writes', async () => {
  const { chain, seen } = await startNode((method) => {
    if (method === 'getblockchaininfo') return info();
    return ok(
      `{"bestblock":"${id('a')}","confirmations":7,"value":20999999.97690001,"scriptPubKey":{"asm":"0 751e","desc":"addr(${treasury})#uyjndxcw","hex":"${script}","address":"${treasury}","type":"witness_v0_keyhash"},"coinbase":false}`,
    );
  });
  const found = await chain.unspent([`${id('b')}:1`], 'without-pool');
  expect([...found.values()]).toMatchObject([{ amount: 2_099_999_997_690_001n, confirmations: 7 }]);
  expect(seen[0]?.headers.authorization).toBe(`Basic ${btoa('rpcuser:s3cret@')}`);
});

test.each([
  ['0.00000001', 1n],
  ['1e-8', 1n],
  ['1E-08', 1n],
  ['0.1', 10_000_000n],
  ['21000000.00000000', 2_100_000_000_000_000n],
  ['0', 0n],
  ['0.000000001', null],
  ['21000000.00000001', null],
  ['-1', null],
  ['NaN', null],
  ['1.', null],
])('%s bitcoin are %s satoshi', (text, satoshi) => {
  expect(satoshiIn(text)).toBe(satoshi);
});

test('what a wallet lists is what it watches: one that does not is no empty treasury', async () => {
  const coin = (spk: string, confirmations: number) =>
    `{"txid":"${id('b')}","vout":0,"address":"${treasury}","label":"","scriptPubKey":"${spk}","amount":0.50000000,"confirmations":${confirmations},"spendable":false,"solvable":true,"desc":"wpkh()","parent_descs":[],"safe":true}`;
  const watching = await startNode((method) =>
    method === 'getblockchaininfo'
      ? info()
      : method === 'getaddressinfo'
        ? ok(
            `{"address":"${treasury}","scriptPubKey":"${script}","ismine":true,"solvable":true,"iswatchonly":false}`,
          )
        : ok(`[${coin(script, 6)},${coin(`0014${'00'.repeat(20)}`, 9)},${coin(script, 5)}]`),
  );
  expect(await watching.chain.coins()).toEqual([{ outpoint: `${id('b')}:0`, amount: 50_000_000n }]);
  const scanned = ok(
    `{"success":true,"txouts":180000000,"height":870000,"bestblock":"${id('a')}","unspents":[{"txid":"${id('c')}","vout":2,"scriptPubKey":"${script}","desc":"addr()","amount":0.00100000,"coinbase":false,"height":869995,"blockhash":"${id('d')}","confirmations":6},{"txid":"${id('c')}","vout":3,"scriptPubKey":"${script}","desc":"addr()","amount":0.00100000,"coinbase":true,"height":869995,"blockhash":"${id('d')}","confirmations":6}],"total_amount":0.00200000}`,
  );
  for (const wallet of [
    ok(`{"address":"${treasury}","ismine":false,"iswatchonly":false}`),
    {
      status: 500,
      body: '{"result":null,"error":{"code":-18,"message":"Requested wallet does not exist or is not loaded"},"id":0}',
    },
    {
      status: 404,
      body: '{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":0}',
    },
  ]) {
    const bare = await startNode((method) =>
      method === 'getblockchaininfo' ? info() : method === 'getaddressinfo' ? wallet : scanned,
    );
    expect(await bare.chain.coins()).toEqual([{ outpoint: `${id('c')}:2`, amount: 100_000n }]);
  }
});

test.each<[string, Said]>([
  [
    'another word for an amount',
    {
      body: ok(`{"confirmations":1,"value":"lots","scriptPubKey":{"hex":"${script}"}}`).replace(
        '$ID',
        '0',
      ),
    },
  ],
  ['half an answer', { body: '{"result":{"bestblo' }],
  ['a proxy’s page', { status: 502, body: '<html>Bad gateway</html>' }],
  ['no authorization', { status: 401, body: '' }],
  ['a full queue', { status: 503, body: 'Work queue depth exceeded' }],
  [
    'a node that warms up',
    {
      status: 500,
      body: '{"result":null,"error":{"code":-28,"message":"Loading block index…"},"id":0}',
    },
  ],
])('%s is no answer: it is unclear, and never empty', async (_name, said) => {
  const { chain, rpcUrl } = await startNode((method) =>
    method === 'getblockchaininfo' ? info() : { status: 200, ...said },
  );
  const asking = chain.unspent([`${id('b')}:1`], 'with-pool');
  await expect(asking).rejects.toMatchObject({ name: 'UnavailableError' });
  const words = await asking.catch((error: unknown) => String(error));
  for (const secret of ['s3cret', 'rpcuser', new URL(rpcUrl).port])
    expect(words).not.toContain(secret);
});

test('a question that is lost is asked again, and what is sent is not', async () => {
  let lost = 2;
  const { chain, seen } = await startNode((method) => {
    if (method === 'sendrawtransaction') return { status: 502, body: '' };
    if (method !== 'getblockchaininfo' || lost === 0) return info();
    lost -= 1;
    return lost === 1
      ? { status: 503, body: 'Work queue depth exceeded' }
      : {
          status: 503,
          body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error"}}',
        };
  });
  expect(await chain.head()).toMatchObject({ height: 870_000 });
  expect(await chain.send(new Uint8Array([1]), id('e'))).toBe('unknown');
  expect(
    seen.flatMap(({ methods }) => methods).filter((method) => method === 'sendrawtransaction'),
  ).toHaveLength(1);
});

test('a node of another chain, or one that is far behind, is not believed', async () => {
  const other = await startNode(() => info().replace('"main"', '"test"'));
  await expect(other.chain.head()).rejects.toMatchObject({ name: 'WrongChainError' });
  await expect(other.chain.send(new Uint8Array([1]), id('e'))).rejects.toMatchObject({
    name: 'WrongChainError',
  });
  expect(other.seen.flatMap(({ methods }) => methods)).not.toContain('sendrawtransaction');
  const behind = await startNode(() =>
    info().replace('"initialblockdownload":false', '"initialblockdownload":true'),
  );
  await expect(behind.chain.head()).rejects.toMatchObject({ name: 'UnavailableError' });
});

test('a fee is the estimate, not less than the pool takes; where there is no estimate it is a fixed one', async () => {
  const pool = (least: string) =>
    ok(
      `{"loaded":true,"size":100,"bytes":50000,"usage":300000,"total_fee":0.10000000,"maxmempool":300000000,"mempoolminfee":${least},"minrelaytxfee":0.00001000,"incrementalrelayfee":0.00001000,"unbroadcastcount":0,"fullrbf":true}`,
    );
  const fees = async (least: string, estimate: string) => {
    const { chain } = await startNode((method) =>
      method === 'getmempoolinfo' ? pool(least) : ok(estimate),
    );
    return chain.fees();
  };
  expect(await fees('0.00001000', '{"feerate":0.00012345,"blocks":6}')).toMatchObject({
    rate: 12_345n,
    step: 1_000n,
  });
  expect(await fees('0.00020000', '{"feerate":0.00012345,"blocks":6}')).toMatchObject({
    rate: 20_000n,
    least: 20_000n,
  });
  expect(
    await fees('0.00001000', '{"errors":["Insufficient data or no feerate found"],"blocks":2}'),
  ).toMatchObject({ rate: 5_000n });
});

test.each([
  [429, 'Too many requests'],
  [-32_005, 'daily request count exceeded, request rate limited'],
  [-32_007, '50/second request limit reached - reduce calls per second or upgrade your account'],
  [-32_000, 'upstream is not available'],
  [-28, 'Loading block index…'],
])(
  'what stands before a node and answers %i says nothing of fees or blocks',
  async (code, message) => {
    const said = { body: JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: 0 }) };
    const { chain } = await startNode((method) =>
      method === 'getmempoolinfo' ? ok('{}') : method === 'getblockchaininfo' ? info() : said,
    );
    for (const asking of [chain.fees(), chain.minedAt(id('e'), 7), chain.rivalOf([`${id('b')}:1`])])
      await expect(asking).rejects.toMatchObject({ name: 'UnavailableError' });
  },
);

test('a node that has no estimate, no such block or no such entry says so', async () => {
  const codes: Record<string, number> = { getblockhash: -8, gettxspendingprevout: -32_601 };
  const { chain } = await startNode((method) => {
    if (method === 'getmempoolinfo') return ok('{}');
    if (method === 'getblockchaininfo') return info();
    const error = { code: codes[method] ?? -32_601, message: 'no' };
    return { body: JSON.stringify({ jsonrpc: '2.0', error, id: 0 }) };
  });
  expect(await chain.fees()).toMatchObject({ rate: 5_000n });
  expect(await chain.minedAt(id('e'), 7)).toBeNull();
  expect(await chain.rivalOf([`${id('b')}:1`])).toBeNull();
});

test.each(bitcoinWords)('a node that answers %i %j means %s (%s)', async (code, message, means) => {
  expect(replyFor({ code, message })).toBe(means);
  for (const said of [
    { status: 500, body: JSON.stringify({ result: null, error: { code, message }, id: 0 }) },
    { status: 200, body: JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: 0 }) },
  ]) {
    const { chain } = await startNode((method) => (method === 'getblockchaininfo' ? info() : said));
    expect(await chain.send(new Uint8Array([1]), id('e'))).toBe(means);
  }
});

test('what a node takes is taken only under its own id, and a lost answer is unknown', async () => {
  const reply = async (said: Said | string) =>
    (await startNode((method) => (method === 'getblockchaininfo' ? info() : said))).chain.send(
      new Uint8Array([1]),
      id('e'),
    );
  expect(await reply(ok(`"${id('e')}"`))).toBe('accepted');
  expect(await reply(ok(`"${id('f')}"`))).toBe('unknown');
  expect(await reply({ status: 502, body: '' })).toBe('unknown');
});

test('a probe takes a refusal for health, and a node that warms up or is away for none', async () => {
  const probe = async (said: Said | string) => {
    const { rpcUrl } = await startNode(() => said);
    return probeOf({ network: 'bitcoin', rpcUrl })();
  };
  expect(await probe(info())).toBe(true);
  expect(
    await probe({ status: 500, body: '{"result":null,"error":{"code":-1,"message":"x"},"id":0}' }),
  ).toBe(true);
  expect(
    await probe({
      status: 500,
      body: '{"result":null,"error":{"code":-28,"message":"Loading…"},"id":0}',
    }),
  ).toBe(false);
  expect(await probe({ status: 503, body: 'Work queue depth exceeded' })).toBe(false);
});
