import * as z from 'zod';
import { onRampPollMs, sweepPassMs } from '../core/kernel/limits.ts';
import type { Limits } from '../core/withdrawal/counters.ts';
import { amounts, list, milliseconds, optional, required } from './environment.ts';
import { parsed } from './setting-checks.ts';
import { lifetimeMs } from './setting-values.ts';

/** How often something that waits for the outside world is asked about. */
export const pollMs = (): number => milliseconds('POLL_MS', onRampPollMs);
export const passMs = (): number => milliseconds('SWEEP_PASS_MS', sweepPassMs);
export const graphqlIntrospection = (): boolean => optional('GRAPHQL_INTROSPECTION') === 'on';
export const webhookAllowedHosts = (): string[] => list(optional('WEBHOOK_ALLOWED_HOSTS'));

export const keyTtlMs = (): number | null =>
  parsed('IDEMPOTENCY_KEY_TTL', optional('IDEMPOTENCY_KEY_TTL') ?? 'never', lifetimeMs);

/** How much may be withdrawn. What is not set is not limited. */
export const amountLimits = (): Limits => ({
  perWithdrawalMin: amounts('WITHDRAWAL_MIN'),
  perWithdrawalMax: amounts('WITHDRAWAL_MAX'),
  perWalletAndDay: amounts('WALLET_DAILY_LIMIT'),
  perTenantAndDay: amounts('TENANT_DAILY_LIMIT'),
});

/** Due's public key for its events; `null` when events are not configured and polling alone must do. */
export const dueWebhookPublicKey = (): string | null => optional('DUE_WEBHOOK_PUBLIC_KEY');

/** What API Gateway counts all callers with a token by (lib/usage-plan.ts). */
export const tokenUsageKey = (): string => required('TOKEN_USAGE_KEY');

/** The methods of each resource of the API, from the same table that its routes are deployed from. */
export const allowedMethods = (): Record<string, string> =>
  z.record(z.string(), z.string()).parse(JSON.parse(required('ALLOWED_METHODS')));
