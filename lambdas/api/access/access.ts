/** What a caller can be said to be and to be allowed: names of tenants, and every scope (contract, section 2). */
import { type Scope, scopes } from '../operations.ts';

export const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text);

/** The one rule for tenants, wherever they come from: an API key or a token's claim. */
export const isTenantName = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
