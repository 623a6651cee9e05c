/** Where a webhook may go, by the text of its URL and by the addresses of its host. */
import { expect, test } from '@jest/globals';
import ipaddr from 'ipaddr.js';
import { isPublic, webhookUrlProblem } from '../../lambdas/core/webhooks/url.ts';

// biome-ignore format: columns are the point
const notPublic: [string, string][] = [
  // IPv4 (IANA IPv4 Special-Purpose Address Registry)
  ['this host',                     '0.0.0.0'],
  ['this network',                  '0.1.2.3'],
  ['private',                       '10.0.0.1'],
  ['private',                       '172.31.255.255'],
  ['private',                       '192.168.1.1'],
  ['shared',                        '100.64.0.1'],
  ['loopback',                      '127.8.9.1'],
  ['link-local, cloud metadata',    '169.254.169.254'],
  ['IETF assignments',              '192.0.0.170'],
  ['documentation',                 '203.0.113.7'],
  ['6to4 relay',                    '192.88.99.1'],
  ['benchmarking',                  '198.19.255.255'],
  ['multicast',                     '239.255.255.250'],
  ['reserved',                      '240.0.0.1'],
  ['broadcast',                     '255.255.255.255'],
  // IPv6 outside 2000::/3
  ['unspecified',                   '::'],
  ['loopback',                      '::1'],
  ['IPv4-compatible loopback',      '::7f00:1'],
  ['IPv4-compatible metadata',      '::a9fe:a9fe'],
  ['IPv4-compatible public',        '::808:808'],
  ['IPv4-mapped private',           '::ffff:10.0.0.1'],
  ['IPv4-mapped metadata',          '::ffff:a9fe:a9fe'],
  ['IPv4-mapped public',            '::ffff:8.8.8.8'],
  ['IPv4-translated (RFC 2765)',    '::ffff:0:7f00:1'],
  ['NAT64 (RFC 6052)',              '64:ff9b::a9fe:a9fe'],
  ['NAT64 (RFC 6052), public',      '64:ff9b::808:808'],
  ['local NAT64 (RFC 8215)',        '64:ff9b:1::a00:1'],
  ['discard (RFC 6666)',            '100::1'],
  ['dummy prefix (RFC 9780)',       '100:0:0:1::1'],
  ['old NSAP',                      '200::1'],
  ['outside',                       '1fff:ffff::1'],
  ['outside',                       '4000::1'],
  ['segment routing (RFC 9602)',    '5f00::1'],
  ['outside',                       '8000::1'],
  ['outside',                       'fa00::1'],
  ['unique local',                  'fd00:ec2::254'],
  ['outside',                       'fe00::1'],
  ['link-local',                    'fe80::1'],
  ['site-local',                    'fec0::1'],
  ['multicast',                     'ff02::1'],
  // 2000::/3: the special blocks in it
  ['Teredo',                        '2001::a9fe:a9fe'],
  ['port control (RFC 7723)',       '2001:1::1'],
  ['benchmarking',                  '2001:2::1'],
  ['AMT',                           '2001:3::1'],
  ['AS112',                         '2001:4:112::1'],
  ['ORCHID',                        '2001:10::1'],
  ['ORCHIDv2',                      '2001:20::1'],
  ['drone ids',                     '2001:30::1'],
  ['IETF assignments',              '2001:1ff:ffff::1'],
  ['documentation',                 '2001:db8::1'],
  ['6to4 of loopback',              '2002:7f00:1::1'],
  ['6to4 of metadata',              '2002:a9fe:a9fe::'],
  ['6to4 of a public address',      '2002:808:808::1'],
  ['AS112',                         '2620:4f:8000::1'],
  ['documentation (RFC 9637)',      '3fff::1'],
];
const literal = (address: string) => (address.includes(':') ? `[${address}]` : address);

test.each(notPublic)('%s (%s) is no place for a webhook', (_what, address) => {
  expect(isPublic(address)).toBe(false);
  expect(webhookUrlProblem(`https://${literal(address)}/hook`, [])).not.toBeNull();
});

test.each([
  ['8.8.8.8'],
  ['100.128.0.1'],
  ['172.32.0.1'],
  ['192.0.1.1'],
  ['2001:200::1'],
  ['2001:4860:4860::8888'],
  ['2400:cb00::1'],
  ['2606:4700:4700::1111'],
  ['2a00:1450:4001::1'],
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true);
  expect(webhookUrlProblem(`https://${literal(address)}/hook`, [])).toBeNull();
});

test.each([['x'], [''], ['fe80::1%eth0'], ['999.1.1.1']])('%s is no public address', (text) => {
  expect(isPublic(text)).toBe(false);
});

// biome-ignore format: columns are the point
test.each([
  ['a number',                'https://2130706433/'],
  ['hexadecimal',             'https://0x7f.1/'],
  ['octal',                   'https://0177.0.0.1/'],
  ['a dot at the end',        'https://127.0.0.1./'],
  ['fullwidth digits',        'https://１２７.0.0.1/'],
  ['percent-encoded',         'https://%31%32%37.0.0.1/'],
  ['mapped, with dots',       'https://[::ffff:127.0.0.1]/'],
  ['written out',             'https://[0:0:0:0:0:0:7f00:0001]/'],
  ['a name',                  'https://localhost/'],
  ['a name with a dot',       'https://LOCALHOST./'],
  ['below a private name',    'https://a.b.internal/'],
  ['a private suffix alone',  'https://internal/'],
  ['two dots at the end',     'https://localhost../'],
  ['a part of no letters',    'https://a..example.com/'],
  ['credentials',             'https://user:password@example.com/'],
  ['http',                    'http://example.com/'],
  ['another scheme',          'ftp://example.com/'],
])('refused: %s', (_what, url) => {
  expect(webhookUrlProblem(url, [])).not.toBeNull();
});

/**
 * IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), and multicast. Some of these blocks may be routed
 * (`192.31.196.0/24` and its like), but no client's receiver is in them.
 */
const special = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '255.255.255.255/32'],
  ...['::/128', '::1/128', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64'],
  ...[
    '100:0:0:1::/64',
    '2001::/23',
    '2001::/32',
    '2001:1::1/128',
    '2001:1::2/128',
    '2001:1::3/128',
  ],
  ...[
    '2001:2::/48',
    '2001:3::/32',
    '2001:4:112::/48',
    '2001:10::/28',
    '2001:20::/28',
    '2001:30::/28',
  ],
  ...['2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7'],
  ...['fe80::/10', 'ff00::/8'],
];
/** The bytes of an address with its bits behind the prefix set to this. */
function edgeOf(block: string, bit: 0 | 1): string {
  const [address, bits] = ipaddr.parseCIDR(block);
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(Math.max(bits - 8 * index, 0), 8);
    const mask = (0xff << (8 - kept)) & 0xff;
    return bit === 0 ? byte & mask : byte | (~mask & 0xff);
  });
  return ipaddr.fromByteArray(bytes).toString();
}

test.each(special)('no address of %s is public', (block) => {
  for (const bit of [0, 1] as const) {
    const address = edgeOf(block, bit);
    expect([address, isPublic(address)]).toEqual([address, false]);
  }
});
