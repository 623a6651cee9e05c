/** What `drawbridge batch` reads of a file before it sends anything, and which key it gives to each line. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { checkedByApi } from '../../bin/cli/batch-checks.ts';
import { paidElsewhere } from '../../bin/cli/batch-known.ts';
import { BatchState } from '../../bin/cli/batch-state.ts';
import { csvRows } from '../../bin/cli/csv.ts';
import { Ending, errorForPrograms, exitCodeOf } from '../../bin/cli/exits.ts';
import { isLeft, listenerName } from '../../bin/cli/left-listeners.ts';
import { payrollIn } from '../../bin/cli/payroll.ts';
import { sumOf } from '../../bin/cli/sums.ts';
import { printable, UsageError } from '../../bin/command.ts';
import { laidDown, problem } from '../client/server.ts';

const to = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const defaults = { walletId: 'wal_1', network: 'base', asset: 'USDC' };
const read = (...lines: string[]) => payrollIn(lines.join('\n'), 'may', defaults);
const keyOf = (line: string, head = 'to,amount,reference') => read(head, line).lines[0]?.key;

test.each<[string, string[][]]>([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '\ufeffa,b\r\n\r\n 1 ,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['"a,""b""","c\nd"\n,', [['a,"b"', 'c\nd']]],
  [
    'a,\n,b',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
])('CSV is read as it is meant: %j', (text, cells) => {
  const csv = csvRows(text);
  expect('rows' in csv && csv.rows.map((row) => row.cells)).toEqual(cells);
});

test.each([
  ['a\n"b', 2, 'never closed'],
  ['a\n"b"c', 2, 'follows a quote'],
  ['a\nb"c"', 2, 'inside of a cell'],
])('what is no CSV is told with its line: %j', (text, line, wrong) => {
  expect(csvRows(text)).toEqual({ line, wrong: expect.stringContaining(wrong) });
});

test('a line after a cell of several lines has its own number', () => {
  const { wrong } = read('to,amount,reference', `${to},1.00,"a\nb"`, `${to},x,c`);
  expect(wrong).toMatchObject([{ line: 4, column: 'amount' }]);
});

test.each<[string, string, string]>([
  [`${to},10`, 'amount', ''],
  [`${to.replace('5aA', '5aa')},10`, 'destinationAddress', 'EIP-55'],
  ['0x1,10', 'destinationAddress', '40 hexadecimal digits'],
  [`0x${'0'.repeat(40)},10`, 'destinationAddress', 'belongs to nobody'],
  [`${to},10.`, 'amount', 'written as 1000.00'],
  [`${to},1e3`, 'amount', 'written as 1000.00'],
  [`${to},-1`, 'amount', 'written as 1000.00'],
  [`${to},0.00`, 'amount', 'more than zero'],
  [`${to},"1,000.00"`, 'amount', 'written as 1000.00'],
  [`${to},`, 'amount', 'missing'],
  [',10', 'destinationAddress', 'missing'],
  [`${to},10,x`, '', 'has 3 cells'],
])('the line %j is told by column and in words', (line, column, why) => {
  const { wrong, lines } = read('to,amount', line);
  if (why === '') expect({ wrong, count: lines.length }).toEqual({ wrong: [], count: 1 });
  else expect(wrong).toEqual([{ line: 2, column, wrong: expect.stringContaining(why) }]);
});

test.each([
  ['to,amount,colour', 'colour'],
  ['to,amount,constructor', 'constructor'],
  ['to;amount;network', ''],
  ['to\tamount', ''],
  ['to,amount,Amount', 'Amount'],
  ['to', 'amount'],
  ['amount,network', 'destinationAddress'],
])('a first line that is none: %j', (head, column) => {
  expect(read(head, 'x').wrong).toMatchObject([{ line: 1, column }]);
});

test.each(['1e0', '0x3', '11', '-1', 'two'])('%s is no number of retries', (given) => {
  const { wrong } = read('to,amount,maxRetries', `${to},10,${given}`);
  const why = `is "${given}": it is a whole number from 0 to 10`;
  const isNumber = /^\d+$/.test(given);
  expect(wrong).toEqual([
    { line: 2, column: 'maxRetries', wrong: isNumber ? why.replaceAll('"', '') : why },
  ]);
});

test('a file without a payment is wrong', () => {
  expect(read('').wrong).toHaveLength(1);
  expect(read('to,amount').wrong).toHaveLength(1);
});

test('what a line pays makes its key: not where it stands, nor how it is written', () => {
  const key = keyOf(`${to},10.00,a`);
  const moved = read('to,amount,reference', `${to},1.00,b`, `${to},10.00,a`).lines[1];
  expect(moved?.key).toBe(key);
  expect(keyOf(`${to.toLowerCase()},10,a`)).toBe(key);
  expect(keyOf(`10.0,a,${to}`, 'Amount,Reference,Destination Address')).toBe(key);
  for (const other of [`${to},10.01,a`, `${to},10.00,b`, `${to},100,a`])
    expect(keyOf(other)).not.toBe(key);
  const june = payrollIn(`to,amount,reference\n${to},10.00,a`, 'june', defaults);
  expect(june.lines[0]?.key).not.toBe(key);
  expect(keyOf(`${to},10.00,own-key`, 'to,amount,key')).toBe('own-key');
});

test('the same payment twice is a mistake until it is said to be none', () => {
  const twice = read('to,amount', `${to},10.00`, `${to},10`);
  expect(twice.wrong).toMatchObject([{ line: 3, wrong: expect.stringContaining('line 2') }]);
  expect(read('to,amount,reference', `${to},10,a`, `${to},10,b`).wrong).toEqual([]);
  const keys = read('to,amount,key', `${to},10,k`, `${to},11,k`);
  expect(keys.wrong).toMatchObject([{ line: 3, column: 'key' }]);
});

test('metadata and columns of their own are taken', () => {
  const head = 'to,amount,network,wallet,metadata.team,max_retries';
  const [line] = read(head, `${to},10,ethereum,wal_2,red,0`).lines;
  const metadata = { team: 'red' };
  expect(line?.body).toMatchObject({
    network: 'ethereum',
    walletId: 'wal_2',
    metadata,
    maxRetries: 0,
  });
});

test('sums are exact', () => {
  expect(sumOf(['0.1', '0.2'])).toBe('0.30');
  expect(sumOf(['999999999999999999.99', '0.000000000000000001'])).toBe(
    '999999999999999999.990000000000000001',
  );
  expect(sumOf([])).toBe('0.00');
});

const place = mkdtempSync(path.join(tmpdir(), 'drawbridge-batch-'));
afterAll(() => rmSync(place, { recursive: true }));

test('a state that a kill cut short anywhere is read up to there, and goes on', () => {
  const file = path.join(place, 'state.jsonl');
  const state = BatchState.open(file, 'http://a', 'may');
  state.add({ key: 'k1', line: 2, asked: 'then' });
  state.add({ key: 'k1', id: 'wd_1' });
  state.add({ key: 'k2', line: 3, asked: 'then' });
  state.add({ key: 'k2', refused: 'LIMIT_EXCEEDED', detail: 'Too much.' });
  state.add({ key: 'k1', ended: 'COMPLETED' });
  state.close();
  const whole = readFileSync(file, 'utf8');
  const head = whole.indexOf('\n') + 1;
  for (let length = head; length <= whole.length; length++) {
    writeFileSync(file, whole.slice(0, length));
    const again = BatchState.open(file, 'http://b', 'may');
    again.add({ key: 'k9', id: 'wd_9' });
    again.close();
    const last = BatchState.open(file, 'http://b', 'may');
    last.close();
    expect(last.known.get('k9')?.id).toBe('wd_9');
    expect(last.api).toBe('http://a');
    if (whole.slice(0, length).includes('wd_1"}\n')) expect(last.known.get('k1')?.id).toBe('wd_1');
  }
  const end = BatchState.open(file, 'http://b', 'may');
  expect(end.known.get('k1')).toMatchObject({ id: 'wd_1', ended: 'COMPLETED' });
  expect(end.known.get('k2')?.refused?.code).toBe('LIMIT_EXCEEDED');
  end.close();
  expect(() => BatchState.open(file, 'http://a', 'june')).toThrow('of the batch "may"');
  // Nothing is written until there is something to know.
  const fresh = path.join(place, 'fresh.jsonl');
  BatchState.open(fresh, 'http://a', 'may').close();
  expect(existsSync(fresh)).toBe(false);
  const other = path.join(place, 'other.txt');
  writeFileSync(other, 'my own words\n');
  expect(() => BatchState.open(other, 'http://a', 'may')).toThrow('is no state');
});

test('a copy of a file is seen to pay what another batch has paid, unless a name says that it is meant', () => {
  const folder = mkdtempSync(path.join(place, 'copies-'));
  const text = `to,amount\n${to},10.00\n${to},11.00\n${to},12.00\n${to},13.00`;
  const [one, two, three, four] = payrollIn(text, 'may', defaults).lines;
  const at = (name: string) => path.join(folder, `${name}.csv.drawbridge.jsonl`);
  const state = BatchState.open(at('may'), 'http://a', 'may');
  for (const { key, line, pays } of [one, two, three].flatMap((line) => line ?? []))
    state.add({ key, line, asked: 'then', pays: pays ?? '' });
  state.add({ key: one?.key ?? '', id: 'wd_1' });
  state.add({ key: two?.key ?? '', refused: 'INVALID_ADDRESS', detail: 'Ours.' });
  state.close();
  writeFileSync(path.join(folder, 'mine.drawbridge.jsonl'), 'no state\n');
  const copy = payrollIn(text, 'copy', defaults).lines;
  // The first was accepted; of the third no answer is known; the second was refused, and the fourth was never asked for.
  expect(paidElsewhere(copy, at('copy'), 'http://a')).toMatch(
    /^line 2, line 4: the batch "may" \(may\.csv\.drawbridge\.jsonl\) .* --name$/,
  );
  expect(paidElsewhere(copy, at('may'), 'http://a')).toBeNull();
  expect(paidElsewhere(copy, at('copy'), 'http://b')).toBeNull();
  expect(paidElsewhere(copy.slice(3), at('copy'), 'http://a')).toBeNull();
  expect(four?.pays).toBe(copy[3]?.pays);
  const keyed = payrollIn(`to,amount,key\n${to},10.00,own`, 'copy', defaults).lines;
  expect(paidElsewhere(keyed, at('copy'), 'http://a')).toBeNull();
});

test('the API says of each line by which of its wallet, asset, network and amount it would be refused', async () => {
  const wallet = (currency: string, status = 'ACTIVE') => ({ body: { id: 'w', currency, status } });
  const networks = [
    { network: 'base', assets: ['USDC', 'ETH'] },
    { network: 'solana', assets: ['USDC'] },
  ];
  const text = [
    'to,amount,wallet,network,asset',
    `${to},1.00,wal_usdc,base,USDC`,
    `${to},1.0000001,wal_usdc,base,USDC`,
    `${to},1.00,wal_usdc,base,ETH`,
    `${to},1.00,wal_usdc,polygon,USDC`,
    `${to},1.00,wal_gone,base,USDC`,
    `${to},1.00,wal_off,base,USDC`,
    `nowhere,1.00,wal_usdc,solana,USDC`,
  ].join('\n');
  const { drawbridge } = laidDown([
    ...[wallet('USDC'), problem(404, 'NOT_FOUND'), wallet('USD', 'SUSPENDED')],
    ...[{ body: { data: networks } }, { body: { valid: false, reason: 'No base58.' } }],
  ]);
  const { lines, wrong } = await checkedByApi(drawbridge, payrollIn(text, 'may', defaults).lines);
  expect(lines.map(({ line }) => line)).toEqual([2]);
  expect(wrong).toEqual([
    { line: 3, column: 'amount', wrong: 'has more than the 6 decimals of USDC' },
    { line: 4, column: 'asset', wrong: 'is ETH, and a wallet in USDC pays USDC' },
    { line: 5, column: 'network', wrong: 'is polygon, and USDC is paid on: base, solana' },
    { line: 6, column: 'walletId', wrong: 'is none of yours: wal_gone' },
    { line: 7, column: 'walletId', wrong: 'is SUSPENDED: wal_off' },
    { line: 8, column: 'destinationAddress', wrong: 'is refused: No base58' },
  ]);
  const away = laidDown([problem(401, 'UNAUTHORIZED')]).drawbridge;
  const all = payrollIn(text, 'may', defaults).lines;
  await expect(checkedByApi(away, all)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
});

test('an endpoint is left when its listener was of this machine and has ended', () => {
  const [mine, other] = ['host a1', 'host b2'];
  const isAlive = (pid: number) => pid === 7;
  expect(isLeft(listenerName(mine, 8), mine, isAlive)).toBe(true);
  expect(isLeft(listenerName(mine, 7), mine, isAlive)).toBe(false);
  expect(isLeft(listenerName(other, 8), mine, isAlive)).toBe(false);
  // Whoever had our own number before us has ended.
  expect(isLeft(listenerName(mine), mine, () => true)).toBe(true);
  expect(isLeft('the books', mine, isAlive)).toBe(false);
  expect(isLeft(null, mine, isAlive)).toBe(false);
});

test('what would steer a terminal is shown', () => {
  expect(printable('a\x1b[31mb\u009bc\r\td\ne é💸')).toBe('a\\x1b[31mb\\x9bc\\x0d\td\ne é💸');
});

test.each<[unknown, number, object]>([
  [new UsageError('x'), 2, { code: 'WRONG_CALL', mayBeDone: false }],
  [new Ending('refused', 'x', 'CONFLICT'), 3, { code: 'CONFLICT', mayBeDone: false }],
  [
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    4,
    { code: 'CONNECTION_FAILED', mayBeDone: true },
  ],
  [
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
    4,
    { code: 'CONNECTION_FAILED', mayBeDone: true },
  ],
  [
    Object.assign(new Error('x'), { name: 'TimeoutError' }),
    4,
    { code: 'CONNECTION_FAILED', mayBeDone: true },
  ],
  [new Error('x'), 1, { code: 'FAILED', mayBeDone: false }],
])('%s ends with %i, and says so to programs', (error, exit, said) => {
  expect([exitCodeOf(error), errorForPrograms(error, 'x')]).toEqual([
    exit,
    { message: 'x', ...said },
  ]);
});
