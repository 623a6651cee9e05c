/**
 * What all requests of one kind have in common, as the SDK has made the first of them. It counts only if a request that is
 * made from it is the SDK's own to the last byte, its signature too.
 */
import type { AwsCredentialIdentity, HeaderBag, HttpRequest } from '@smithy/types';
import { bytesOf } from './body.ts';
import { makeSigner, type Scope, type Signer, sha256 } from './sign.ts';

export type Skeleton = {
  protocol: string;
  hostname: string;
  port?: number;
  /** The headers that are the same in every request. */
  fixed: HeaderBag;
  /** Whether a header says how long the body is. */
  saysLength: boolean;
  signing: { signer: Signer; signed: readonly string[]; hasToken: boolean } | null;
  /** The account that the host may depend on. */
  accountId: string | undefined;
};
/** What differs from one request to the next. */
export type Changing = {
  body: Buffer;
  invocationId: string;
  longDate: string;
  credentials: AwsCredentialIdentity | null;
};

const fixedNames = new Set([
  'host',
  'content-type',
  'x-amz-target',
  'x-amzn-query-mode',
  'user-agent',
  'x-amz-user-agent',
  'amz-sdk-request',
]);
/** The header of the SDK that says that attempts belong together. */
export const invocationHeader = 'amz-sdk-invocation-id';
const changingNames = new Set([
  invocationHeader,
  'content-length',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'authorization',
]);
/** It is never signed, and each request gets its own from the SDK's middleware. */
export const traceHeader = 'X-Amzn-Trace-Id';

const signature =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, SignedHeaders=(?<signed>[^,]+), /;

/** `null` when the request has anything that the thin path would not make. */
export function skeletonOf(
  request: HttpRequest,
  credentials: AwsCredentialIdentity | null,
): Skeleton | null {
  const { protocol, hostname, port, path, headers, query = {} } = request;
  const names = Object.keys(headers).filter((name) => name !== traceHeader);
  if (request.method !== 'POST' || path !== '/' || Object.keys(query).length > 0) return null;
  if (request.username || request.password || request.fragment) return null;
  if (names.some((name) => !fixedNames.has(name) && !changingNames.has(name))) return null;
  if (!headers['amz-sdk-request']?.startsWith('attempt=1;')) return null;
  const signing = signingOf(headers, credentials);
  if (signing === 'strange') return null;
  const skeleton: Skeleton = {
    protocol,
    hostname,
    ...(port !== undefined && { port }),
    fixed: Object.fromEntries(
      names.filter((name) => fixedNames.has(name)).map((name) => [name, headers[name] ?? '']),
    ),
    saysLength: 'content-length' in headers,
    signing,
    accountId: credentials?.accountId,
  };
  return isSame(request, requestFrom(skeleton, changingIn(request, credentials))) ? skeleton : null;
}

function signingOf(
  headers: HeaderBag,
  credentials: AwsCredentialIdentity | null,
): Skeleton['signing'] | 'strange' {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const { region, service, signed } = signature.exec(authorization)?.groups ?? {};
  if (region === undefined || service === undefined || signed === undefined) return 'strange';
  if (credentials === null) return 'strange';
  const scope: Scope = { region, service };
  return {
    signer: makeSigner(scope),
    signed: signed.split(';'),
    hasToken: 'x-amz-security-token' in headers,
  };
}

const changingIn = (
  { headers, body }: HttpRequest,
  credentials: AwsCredentialIdentity | null,
): Changing => ({
  body: bytesOf(body),
  invocationId: headers[invocationHeader] ?? '',
  longDate: headers['x-amz-date'] ?? '',
  credentials,
});

/** Whether the skeleton fits the credentials, which may be others than those it was learned with. */
export const fits = (skeleton: Skeleton, credentials: AwsCredentialIdentity | null): boolean =>
  skeleton.signing === null ||
  (credentials !== null &&
    (credentials.sessionToken !== undefined) === skeleton.signing.hasToken &&
    credentials.accountId === skeleton.accountId);

export function requestFrom(skeleton: Skeleton, changing: Changing): HttpRequest {
  const { protocol, hostname, port, fixed, saysLength, signing } = skeleton;
  const { body, invocationId, longDate, credentials } = changing;
  const headers: HeaderBag = { ...fixed, [invocationHeader]: invocationId };
  if (saysLength) headers['content-length'] = String(body.byteLength);
  if (signing !== null && credentials !== null) {
    const bodyHash = sha256(body);
    headers['x-amz-date'] = longDate;
    headers['x-amz-content-sha256'] = bodyHash;
    if (credentials.sessionToken !== undefined)
      headers['x-amz-security-token'] = credentials.sessionToken;
    headers['authorization'] = signing.signer.authorization(
      { headers, bodyHash },
      signing.signed,
      credentials,
      longDate,
    );
  }
  return {
    protocol,
    hostname,
    ...(port !== undefined && { port }),
    method: 'POST',
    path: '/',
    query: {},
    headers,
    body,
  };
}

function isSame(theirs: HttpRequest, ours: HttpRequest): boolean {
  const names = new Set([...Object.keys(theirs.headers), ...Object.keys(ours.headers)]);
  names.delete(traceHeader);
  return [...names].every((name) => theirs.headers[name] === ours.headers[name]);
}
