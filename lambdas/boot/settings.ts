import * as z from 'zod';
import { SettingError } from '../core/kernel/errors.ts';
import type { Limits } from '../core/withdrawal/counters.ts';
import { contradictionsIn, limitsFrom } from './amount-limits.ts';
import { required, told } from './environment.ts';
import * as settings from './settings-table.ts';

/** How often something that waits for the outside world is asked about. */
export const pollMs = (): number => told(settings.pollMs);
export const passMs = (): number => told(settings.sweepPassMs);
export const graphqlIntrospection = (): boolean => told(settings.graphqlIntrospection) === 'on';
export const webhookAllowedHosts = (): string[] => told(settings.webhookAllowedHosts);
export const keyTtlMs = (): number | null => told(settings.idempotencyKeyTtl);

/** How much may be withdrawn. Throws when that is nothing. */
export function amountLimits(): Limits {
  const limits = limitsFrom(told);
  // Those that a deployment reads from Parameter Store are seen together here first.
  const wrong = contradictionsIn(limits);
  if (wrong.length > 0) throw new SettingError(wrong.join('\n'));
  return limits;
}

/** Due's public key for its events; `null` when events are not configured and polling alone must do. */
export const dueWebhookPublicKey = (): string | null => told(settings.dueWebhookPublicKey);

/** What API Gateway counts all callers with a token by (lib/usage-plan.ts). */
export const tokenUsageKey = (): string => required('TOKEN_USAGE_KEY');

/** The methods of each resource of the API, from the same table that its routes are deployed from. */
export const allowedMethods = (): Record<string, string> =>
  z.record(z.string(), z.string()).parse(JSON.parse(required('ALLOWED_METHODS')));
