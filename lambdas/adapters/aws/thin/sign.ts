/**
 * Signs requests by Signature Version 4 (AWS General Reference, "Create a signed AWS API request"). The key, which lasts a
 * day for a region and a service, is derived once instead of for each request.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { AwsCredentialIdentity, HeaderBag } from '@smithy/types';

export type Scope = { region: string; service: string };
export type Signer = {
  /** The value of the header `authorization`. `signed` are the names of the headers that count, in order. */
  authorization(
    request: { headers: HeaderBag; bodyHash: string },
    signed: readonly string[],
    credentials: AwsCredentialIdentity,
    longDate: string,
  ): string;
};

const algorithm = 'AWS4-HMAC-SHA256';
const dayDigits = 8;

export const sha256 = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

/** The form of a header's value that is signed: spaces in a row count as one. */
const canonical = (value: string): string =>
  value
    .replace(/[\r\n]/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');

/** `20261128T091500Z`. Made anew once in a second at most. */
export function makeLongDate(): (at: number) => string {
  let [second, said] = [-1, ''];
  return (at) => {
    const now = Math.floor(at / 1_000);
    if (now !== second)
      [second, said] = [now, new Date(now * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, '')];
    return said;
  };
}

export function makeSigner({ region, service }: Scope): Signer {
  let derived: { from: string; key: KeyObject } | null = null;
  const keyOf = ({ secretAccessKey }: AwsCredentialIdentity, day: string): KeyObject => {
    const from = `${day} ${secretAccessKey}`;
    if (derived?.from !== from) {
      const bytes = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
        (key, word) => createHmac('sha256', key).update(word).digest(),
        `AWS4${secretAccessKey}`,
      );
      derived = { from, key: createSecretKey(bytes as Buffer) };
    }
    return derived.key;
  };
  return {
    authorization: ({ headers, bodyHash }, signed, credentials, longDate) => {
      const day = longDate.slice(0, dayDigits);
      const scope = `${day}/${region}/${service}/aws4_request`;
      let lines = '';
      for (const name of signed) lines += `${name}:${canonical(headers[name] ?? '')}\n`;
      const names = signed.join(';');
      const request = `POST\n/\n\n${lines}\n${names}\n${bodyHash}`;
      const signature = createHmac('sha256', keyOf(credentials, day))
        .update(`${algorithm}\n${longDate}\n${scope}\n${sha256(request)}`)
        .digest('hex');
      return `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    },
  };
}
