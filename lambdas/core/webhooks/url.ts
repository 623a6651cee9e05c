/** Where a webhook may go: to the public internet over https, or to a host that the operator allows by name. */
import ipaddr from 'ipaddr.js';
import { webhookUrlLengthMax } from '../requests/webhook-limits.ts';

const privateNames = /^(.*\.)?(localhost|local|internal)\.?$/i;

/** Why this URL is not allowed, by its text alone; `null`: it is. The addresses of its host are checked at each attempt. */
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
  if (host.includes('..') || host.startsWith('.')) return 'This host is no name.';
  if (privateNames.test(host)) return 'This host is not on the public internet.';
  return ipaddr.isValid(host) && !isPublic(host)
    ? 'This address is not on the public internet.'
    : null;
}

/** The host without the brackets of an IPv6 literal. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Whether the operator allows the host by name (`WEBHOOK_ALLOWED_HOSTS`), whatever its address and scheme. */
export const isAllowed = (url: URL, allowedHosts: readonly string[]): boolean =>
  allowedHosts.includes(hostOf(url));

/** IPv6 addresses that IANA gives out for the internet; all others are special or not in use (RFC 4291, section 2.4). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is on the public internet: IPv4 without the blocks of IANA's special-purpose registry, or IPv6 of
 * 2000::/3 without them. An IPv4 address in the clothes of IPv6 (mapped, compatible, translated, NAT64, 6to4, Teredo) is not:
 * where it leads depends on the network that sends it.
 */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return false;
  return address.range() === 'unicast';
}
