import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { isJwt, oidcTokens } from '../../lambdas/adapters/net/oidc.ts';
import { audience, type Issuer, startIssuer } from '../support/issuer.ts';

let issuer: Issuer;
beforeEach(async () => {
  issuer = await startIssuer();
});
afterEach(() => issuer.stop());

const checker = (given: { jwksUrl?: string; tenantClaim?: string; cooldownMs?: number } = {}) =>
  oidcTokens(
    {
      ...{ issuer: issuer.url, audience },
      ...{ jwksUrl: given.jwksUrl ?? null, tenantClaim: given.tenantClaim ?? 'tenant' },
    },
    given.cooldownMs === undefined ? {} : { cooldownMs: given.cooldownMs },
  );
const alice = { subject: 'someone', tenant: 'alice', scopes: ['wallets:read', 'wallets:write'] };

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a token signed with %s', async (algorithm) => {
  await issuer.addKey('own', true, algorithm);
  expect(await checker()(await issuer.token({}, 'own'))).toEqual(alice);
});

const now = () => Math.floor(Date.now() / 1_000);
test.each<[string, () => Record<string, unknown>]>([
  ['of another issuer', () => ({ iss: 'https://other.example' })],
  ['of no issuer', () => ({ iss: undefined })],
  ['for somebody else', () => ({ aud: 'another' })],
  ['for nobody', () => ({ aud: undefined })],
  ['that has expired', () => ({ exp: now() - 3_600 })],
  ['that never expires', () => ({ exp: undefined })],
  ['that is not valid yet', () => ({ nbf: now() + 3_600 })],
])('a token %s is refused', async (_, claims) => {
  const check = checker();
  expect(await check(await issuer.token(claims()))).toBeNull();
  expect(await check(await issuer.token())).toEqual(alice);
});

const payload = () => ({ iss: issuer.url, aud: audience, exp: now() + 60, tenant: 'alice' });

test('a token without a signature is refused, and nobody asks for keys', async () => {
  const token = new UnsecuredJWT(payload()).encode();
  expect(isJwt(token)).toBe(true);
  expect(await checker()(token)).toBeNull();
  expect(issuer.keysAsked()).toBe(0);
});

test('a token signed with the public key as a secret is refused', async () => {
  const secret = new TextEncoder().encode(await issuer.publicPem());
  const header = { alg: 'HS256', kid: 'first' };
  expect(
    await checker()(await new SignJWT(payload()).setProtectedHeader(header).sign(secret)),
  ).toBe(null);
});

test('a token whose signature or claims were changed is refused', async () => {
  const [header, claims, signature] = (await issuer.token()).split('.');
  const other = Buffer.from(JSON.stringify({ ...payload(), tenant: 'bob' })).toString('base64url');
  expect(await checker()(`${header}.${other}.${signature}`)).toBeNull();
  expect(await checker()(`${header}.${claims}.${'A'.repeat(86)}`)).toBeNull();
  expect(await checker()('a.b.c')).toBeNull();
});

test('an unknown key makes us look again, and then it is known', async () => {
  const check = checker({ cooldownMs: 0 });
  expect(await check(await issuer.token())).toEqual(alice);
  await issuer.addKey('second', false);
  const token = await issuer.token({}, 'second');
  expect(await check(token)).toBeNull();
  expect(issuer.keysAsked()).toBe(2);
  issuer.publish('second');
  expect(await check(token)).toEqual(alice);
  expect(issuer.keysAsked()).toBe(3);
});

test('garbage does not make us look again and again', async () => {
  const check = checker();
  await check(await issuer.token());
  await issuer.addKey('second', false);
  const token = await issuer.token({}, 'second');
  for (let asked = 0; asked < 5; asked += 1) expect(await check(token)).toBeNull();
  expect(issuer.keysAsked()).toBe(1);
});

test.each<[string, unknown, string[]]>([
  ['scope', 'a b', ['a', 'b']],
  ['scp', ['a', 'b'], ['a', 'b']],
  ['scope', '', []],
  ['scope', 7, []],
])('scopes in %s as %j', async (claim, value, scopes) => {
  const token = await issuer.token({ scope: undefined, [claim]: value });
  expect(await checker()(token)).toMatchObject({ scopes });
});

test('the tenant is the claim that was configured', async () => {
  const token = await issuer.token({ org: 'acme' });
  expect(await checker({ tenantClaim: 'org' })(token)).toMatchObject({ tenant: 'acme' });
  expect(await checker({ tenantClaim: 'other' })(token)).toMatchObject({ tenant: null });
  expect(await checker()(await issuer.token({ tenant: ['alice'] }))).toMatchObject({
    tenant: null,
  });
});

test('an issuer that does not answer is no fault of the token, and is asked again', async () => {
  const check = checker();
  const token = await issuer.token();
  issuer.break(true);
  await expect(check(token)).rejects.toThrow(`The keys of ${issuer.url} could not be had.`);
  await expect(checker({ jwksUrl: `${issuer.url}/keys` })(token)).rejects.toThrow('The keys of');
  issuer.break(false);
  expect(await check(token)).toEqual(alice);
});

test('a discovery document of another issuer is not believed', async () => {
  issuer.claimToBe('https://other.example');
  await expect(checker()(await issuer.token())).rejects.toThrow('The keys of');
  const given = checker({ jwksUrl: `${issuer.url}/keys` });
  expect(await given(await issuer.token())).toEqual(alice);
});

test('an API key is no token', () => {
  for (const key of ['dk_local_alice', `dk_${'-_'.repeat(16)}`, 'a.b', ''])
    expect(isJwt(key)).toBe(false);
});
