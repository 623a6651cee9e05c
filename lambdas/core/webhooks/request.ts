/** What an attempt sends: a POST has the event as its body, a GET has parameters in its query, made from the event's data. */
import * as z from 'zod';
import type { UrlParams, WebhookEndpoint } from './endpoint.ts';
import type { Delivery } from './webhook.ts';

/** `signed` is what the signature covers, behind id and timestamp. */
export type WebhookRequest =
  | { method: 'POST'; url: string; body: string; signed: string }
  | { method: 'GET'; url: string; query: string; signed: string };

export function requestOf(
  { url: text, method, urlParams }: Pick<WebhookEndpoint, 'url' | 'method' | 'urlParams'>,
  { body }: Pick<Delivery, 'body'>,
): WebhookRequest {
  if (method === 'POST') return { method, url: text, body, signed: body };
  const event = told.parse(JSON.parse(body));
  const parameters = urlParams === null ? plainParameters(event) : filled(urlParams, event);
  const url = new URL(text);
  const own = url.search.slice(1);
  const made = parameters.map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  url.search = [...(own === '' ? [] : [own]), ...made].join('&');
  // The URL standard may write the receiver's own part of the query otherwise than the client did: this is what is sent.
  const query = url.search.slice(1);
  return { method, url: url.href, query, signed: query };
}

const told = z.looseObject({
  id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  sequence: z.number(),
  data: z.unknown(),
});
type Told = z.infer<typeof told>;

/** A place in a template: a field of the event's data, or of the event itself behind `event.`. */
const place = /\{([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\}/g;

const filled = (urlParams: UrlParams, event: Told): [string, string][] =>
  Object.entries(urlParams).map(([name, template]) => [
    name,
    template.replace(place, (_, path: string) => textOf(valueAt(event, path))),
  ]);

function valueAt({ data, ...event }: Told, path: string): unknown {
  const own = fieldAt(data, path.split('.'));
  if (own !== undefined || !path.startsWith('event.')) return own;
  return fieldAt(event, path.split('.').slice(1));
}

const fieldAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? Reflect.get(inner, name)
        : undefined,
    value,
  );

/** A field that is missing or null is no text; what has parts is their JSON. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Without templates: what event it is, and each field of its data that is a plain value. */
function plainParameters({ id, type, data }: Told): [string, string][] {
  const fields = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return [
    ['event_id', id],
    ['event_type', type],
    ...fields.flatMap(([name, value]): [string, string][] =>
      typeof value === 'object' ? [] : [[name, textOf(value)]],
    ),
  ];
}

/** Percent-encodes all but the unreserved characters of RFC 3986, section 2.3. */
const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
