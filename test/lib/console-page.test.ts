/** The console as one page: how large it is, and what its policy lets it do. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { consolePage } from '../../lib/console-page.ts';

const { page, policy } = consolePage();
const gzippedMax = 60 * 1_024;

test('the page is at most 60 KiB, gzipped, and the same from the same sources', () => {
  expect(gzipSync(page, { level: 9 }).length).toBeLessThan(gzippedMax);
  expect(consolePage().page).toBe(page);
});

test('its policy lets its own script and style run, this API be asked, and nothing else', () => {
  const allowed = Object.fromEntries(
    policy.split('; ').map((rule) => {
      const [name = '', ...values] = rule.split(' ');
      return [name, values];
    }),
  );
  const hashOf = (element: string): string => {
    const [, text = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page) ?? [];
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  expect(allowed).toEqual({
    'default-src': ["'none'"],
    'script-src': [hashOf('script')],
    'style-src': [hashOf('style')],
    'connect-src': ["'self'"],
    'img-src': ['data:'],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
  });
});

test('it loads nothing and keeps nothing', () => {
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, at = '']) =>
    at.slice(0, 5),
  );
  expect(addresses).toEqual(['data:']);
  for (const word of ['localStorage', 'sessionStorage', 'indexedDB', 'document.cookie', 'eval('])
    expect(page).not.toContain(word);
});
