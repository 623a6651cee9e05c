/** What a caller can be said to be and to be allowed: names of tenants, and every scope (contract, section 2). */
import type { Scope } from './http.ts';

/** A record and not a list, so that a new scope cannot be forgotten here. */
const known: Record<Scope, true> = {
  'withdrawals:read': true,
  'withdrawals:write': true,
  'wallets:read': true,
  'wallets:write': true,
  'webhooks:read': true,
  'webhooks:write': true,
  operations: true,
};
export const allScopes = Object.keys(known) as Scope[];

export const isScope = (text: string): text is Scope => Object.hasOwn(known, text);

/** The one rule for tenants, wherever they come from: an API key or a token's claim. */
export const isTenantName = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
