/** The questions to the logs that stand ready in CloudWatch Logs Insights (docs/runbook.md, "Find a withdrawal"). */
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Shared } from './function.ts';

/** Every line that names one thing, of all functions and of the API, in time. The id is put in where it is asked. */
export const oneWithdrawal = [
  'fields @timestamp, coalesce(function_name, resource) as by, message, stage, reason, what, operation, outcome, status, attempt, why, ms, requestId',
  'filter @message like /wd_PUT_THE_ID_HERE/',
  'sort @timestamp asc',
  'limit 2000',
].join('\n| ');

export class Queries extends Construct {
  constructor(scope: Construct, id: string, shared: Shared, api: RestApi) {
    super(scope, id);
    const ofFunctions = [...shared.functions.values()].map(({ logGroup }) => logGroup.logGroupName);
    new CfnQueryDefinition(this, 'one-withdrawal', {
      name: shared.nameOf('one-withdrawal'),
      queryString: oneWithdrawal,
      logGroupNames: [...ofFunctions, `/aws/apigateway/${api.restApiName}`],
    });
  }
}
