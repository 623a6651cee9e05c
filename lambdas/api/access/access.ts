/** Checks what an API key or a token says of its caller: the tenant's name and the scopes. */
import { type Scope, scopes } from '../operations.ts';

/** Whether a text is one of the API's scopes. */
export const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text);

/** Whether a text may name a tenant: 1 to 64 letters, digits, `_` or `-`. */
export const isTenantName = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
