/**
 * Translates SQS's query protocol (forms in, XML out), which AWS SDKs from before November 2023 use, to and from the JSON
 * protocol of the engine. The shapes are those of API version 2012-11-05, as botocore 1.29's model of SQS has them.
 */

type Tree = { [name: string]: Tree | string };
type Json = string | number | boolean | Json[] | { [name: string]: Json };
export type QueryRequest = { action: string; input: Record<string, Json> };

/** Forms write lists a member at a time: `AttributeName.1=All` is `AttributeNames: ['All']`. */
const lists = new Map([
  ['AttributeName', 'AttributeNames'],
  ['MessageAttributeName', 'MessageAttributeNames'],
  ['MessageSystemAttributeName', 'MessageSystemAttributeNames'],
  ['TagKey', 'TagKeys'],
  ['SendMessageBatchRequestEntry', 'Entries'],
  ['DeleteMessageBatchRequestEntry', 'Entries'],
  ['ChangeMessageVisibilityBatchRequestEntry', 'Entries'],
]);
/** Forms write maps a key and a value at a time: `Tag.1.Key=a&Tag.1.Value=b` is `Tags: { a: 'b' }`. */
const maps = new Map([
  ['Attribute', { json: 'Attributes', key: 'Name' }],
  ['MessageAttribute', { json: 'MessageAttributes', key: 'Name' }],
  ['MessageSystemAttribute', { json: 'MessageSystemAttributes', key: 'Name' }],
  ['Tag', { json: 'Tags', key: 'Key' }],
]);
const numbers = new Set([
  'DelaySeconds',
  'MaxNumberOfMessages',
  'MaxResults',
  'VisibilityTimeout',
  'WaitTimeSeconds',
]);

/** The request in a form. The path of the form may name the queue in place of `QueueUrl`. */
export function queryRequest(form: URLSearchParams, path: string): QueryRequest {
  const tree: Tree = Object.create(null);
  for (const [name, value] of form)
    if (name !== 'Action' && name !== 'Version') plant(tree, name.split('.'), value);
  const input = structure(tree);
  if (path.length > 1) input['QueueUrl'] ??= path;
  return { action: form.get('Action') ?? '', input };
}

function plant(tree: Tree, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const below = tree[name];
  const branch: Tree = typeof below === 'object' ? below : Object.create(null);
  tree[name] = branch;
  plant(branch, rest, value);
}

function structure(tree: Tree): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]): [string, Json] => {
      const map = maps.get(name);
      const list = lists.get(name);
      if (typeof value === 'string') return [name, numbers.has(name) ? Number(value) : value];
      if (list !== undefined) return [list, members(value).map(jsonOf)];
      if (map !== undefined) return [map.json, mapOf(value, map.key)];
      return [name, structure(value)];
    }),
  );
}

const jsonOf = (value: Tree | string): Json =>
  typeof value === 'string' ? value : structure(value);

/** The members of a list in the order of their numbers, which may not be the order in the form. */
const members = (tree: Tree): (Tree | string)[] =>
  Object.entries(tree)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, member]) => member);

const mapOf = (tree: Tree, key: string): Json =>
  Object.fromEntries(
    members(tree).flatMap((entry): [string, Json][] => {
      if (typeof entry === 'string') return [];
      const [name, value] = [entry[key], entry['Value']];
      return typeof name === 'string' && value !== undefined ? [[name, jsonOf(value)]] : [];
    }),
  );

const namespace = 'http://queue.amazonaws.com/doc/2012-11-05/';
const elementOfList = new Map([
  ['QueueUrls', 'QueueUrl'],
  ['Messages', 'Message'],
  ['Failed', 'BatchResultErrorEntry'],
]);
const elementOfMap = new Map([...maps].map(([each, { json, key }]) => [json, { each, key }]));

/** The XML of a success. */
export function queryAnswer(action: string, output: Record<string, Json>, id: string): string {
  const result = Object.entries(output)
    .map(([name, value]) => written(name, value, action))
    .join('');
  const metadata = `<ResponseMetadata>${element('RequestId', id)}</ResponseMetadata>`;
  return document(`${action}Response`, `<${action}Result>${result}</${action}Result>${metadata}`);
}

function written(name: string, value: Json, action: string): string {
  if (Array.isArray(value)) {
    const each = elementOfList.get(name) ?? `${action}ResultEntry`;
    return value.map((one) => written(each, one, action)).join('');
  }
  if (typeof value !== 'object') return element(name, String(value));
  const map = elementOfMap.get(name);
  const entries = Object.entries(value);
  if (map === undefined)
    return `<${name}>${entries.map(([below, one]) => written(below, one, action)).join('')}</${name}>`;
  const pair = ([key, one]: [string, Json]): string =>
    element(map.key, key) + written('Value', one, action);
  return entries.map((entry) => `<${map.each}>${pair(entry)}</${map.each}>`).join('');
}

/** The query protocol writes this before some codes. */
const prefix = 'AWS.SimpleQueueService.';
const prefixed = new Set([
  'BatchEntryIdsNotDistinct',
  'BatchRequestTooLong',
  'EmptyBatchRequest',
  'InvalidBatchEntryId',
  'MessageNotInflight',
  'NonExistentQueue',
  'PurgeQueueInProgress',
  'QueueDeletedRecently',
  'TooManyEntriesInBatchRequest',
  'UnsupportedOperation',
]);
/** Codes that the JSON protocol calls by another name. */
const renamed = new Map([
  ['QueueDoesNotExist', 'NonExistentQueue'],
  ['QueueNameExists', 'QueueAlreadyExists'],
]);

/** The XML of an error. `type` is the `__type` that the JSON protocol gives it. */
export function queryError(type: string, message: string, status: number, id: string): string {
  const word = type.slice(type.indexOf('#') + 1);
  const name = renamed.get(word) ?? word;
  const code = prefixed.has(name) ? prefix + name : name;
  const fault = status < 500 ? 'Sender' : 'Receiver';
  const parts = [element('Type', fault), element('Code', code), element('Message', message)];
  const error = `<Error>${parts.join('')}<Detail/></Error>`;
  return document('ErrorResponse', error + element('RequestId', id));
}

const document = (name: string, content: string): string =>
  `<?xml version="1.0"?><${name} xmlns="${namespace}">${content}</${name}>`;
const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // An XML parser would turn a bare one into a line feed.
  '\r': '&#xD;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"\r]/g, (character) => entities[character] ?? character);
