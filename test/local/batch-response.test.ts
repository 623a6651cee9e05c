import { expect, test } from '@jest/globals';
import { failedItems } from '../../local/events/batch-response.ts';

const failure = (itemIdentifier: unknown) => ({ itemIdentifier });
const failures = (...ids: unknown[]) => ({ batchItemFailures: ids.map(failure) });

test.each<[string, unknown, string[]]>([
  ['null', null, []],
  ['an empty string', '', []],
  ['an empty object', {}, []],
  ['an empty list', failures(), []],
  ['a null list', { batchItemFailures: null }, []],
  ['one', failures('b'), ['b']],
  ['two', failures('a', 'b'), ['a', 'b']],
  ['an id of no message', failures('b', 'x'), ['a', 'b', 'c']],
  ['an empty id', failures(''), ['a', 'b', 'c']],
  ['a null id', failures(null), ['a', 'b', 'c']],
  ['an id under another name', { batchItemFailures: [{ messageId: 'b' }] }, ['a', 'b', 'c']],
  ['no list', { batchItemFailures: 'b' }, ['a', 'b', 'c']],
  ['text', 'failed', ['a', 'b', 'c']],
  ['a list', [failure('b')], ['a', 'b', 'c']],
])('%s', (_, response, failed) => {
  expect([...failedItems(JSON.stringify(response), ['a', 'b', 'c'])]).toEqual(failed);
});
