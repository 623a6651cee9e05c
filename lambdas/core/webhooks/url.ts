/** Where a webhook may go: the public internet over https, or a host that the operator has allowed by name. */
import ipaddr from 'ipaddr.js';

export const webhookUrlLengthMax = 2_048;
const privateNames = /^(localhost|.*\.localhost|.*\.local|.*\.internal)\.?$/i;

/** Why this URL is not allowed, by its text alone; `null` when it is. Names are resolved and checked at each attempt. */
export function webhookUrlProblem(text: string, allowedHosts: readonly string[]): string | null {
  if (text.length > webhookUrlLengthMax)
    return `A URL has at most ${webhookUrlLengthMax} characters.`;
  if (!URL.canParse(text)) return 'This is not a URL.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'A webhook URL starts with https://.';
  if (url.username !== '' || url.password !== '') return 'A webhook URL carries no credentials.';
  if (isAllowed(url, allowedHosts)) return null;
  if (url.protocol !== 'https:') return 'A webhook URL starts with https://.';
  const host = hostOf(url);
  if (privateNames.test(host)) return 'This host is not on the public internet.';
  return ipaddr.isValid(host) && !isPublic(host)
    ? 'This address is not on the public internet.'
    : null;
}

/** The host without the brackets of an IPv6 literal. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

export const isAllowed = (url: URL, allowedHosts: readonly string[]): boolean =>
  allowedHosts.includes(hostOf(url));

/** Whether the address is one of the public internet; an IPv4 address inside an IPv6 one counts as itself. */
export const isPublic = (address: string): boolean => ipaddr.process(address).range() === 'unicast';
