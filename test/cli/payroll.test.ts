/** What `drawbridge batch` reads of a file before it sends anything, and which key it gives to each line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { BatchState } from '../../bin/cli/batch-state.ts';
import { csvRows } from '../../bin/cli/csv.ts';
import { payrollIn } from '../../bin/cli/payroll.ts';
import { sumOf } from '../../bin/cli/sums.ts';

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
  [`${to},10.`, 'amount', 'decimal string'],
  [`${to},1e3`, 'amount', 'decimal string'],
  [`${to},-1`, 'amount', 'decimal string'],
  [`${to},0.00`, 'amount', 'more than zero'],
  [`${to},"1,000.00"`, 'amount', 'decimal string'],
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
  ['to,amount,Amount', 'Amount'],
  ['to', 'amount'],
  ['amount,network', 'destinationAddress'],
])('a first line that is none: %j', (head, column) => {
  expect(read(head, 'x').wrong).toMatchObject([{ line: 1, column }]);
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
  const other = path.join(place, 'other.txt');
  writeFileSync(other, 'my own words\n');
  expect(() => BatchState.open(other, 'http://a', 'may')).toThrow('is no state');
});
