/** Makes the usage plan, which limits the rate of each API key. The authorizer says whose key a request is counted for. */
import { ApiKey, type RestApi, UsagePlan } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { Shared } from './function.ts';

export class ClientLimits extends Construct {
  /** The value that all callers with a token are counted by; `null` when no issuer of tokens is configured. */
  readonly tokenUsageKey: string | null;

  constructor(scope: Construct, id: string, api: RestApi, { nameOf, settings, tables }: Shared) {
    super(scope, id);
    const { ratePerSecond, burst } = settings.rateLimit;
    const plan = new UsagePlan(this, 'usage-plan', {
      // Named like the table of the keys, so that `npm run keys` finds it (adapters/aws/usage-plan-keys.ts).
      name: tables.control.tableName,
      description: 'What each API key may ask for: RATE_LIMIT_PER_SECOND and RATE_LIMIT_BURST',
      apiStages: [{ stage: api.deploymentStage }],
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
    });
    // It opens nothing: with the source AUTHORIZER, API Gateway does not read X-API-Key.
    this.tokenUsageKey = settings.oidc === null ? null : `usage-of-tokens-${nameOf('oidc')}`;
    if (this.tokenUsageKey !== null)
      plan.addApiKey(
        new ApiKey(this, 'tokens', { apiKeyName: nameOf('tokens'), value: this.tokenUsageKey }),
      );
  }
}
