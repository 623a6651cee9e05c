/** What functions get as their environment on this machine instead of what they get when deployed. */
import type { EnvironmentOf } from './lambda/functions.ts';
import type { RailsOff } from './rails-off.ts';
import { region } from './template/aws-names.ts';
import type { Resolver } from './template/intrinsics.ts';
import type { Assembly } from './template/template.ts';

export type LocalEnvironment = {
  /** `http://host:port` of everything of AWS that is here; DynamoDB directly. */
  awsEndpoint: string;
  dynamoEndpoint: string;
  /** Values for variables that the template declares. A function that does not declare one does not get it. */
  settings: Readonly<Record<string, string>>;
  /** Values of secrets: who has `<name>_SECRET_ARN` when deployed has `<name>` here. */
  secrets: Readonly<Record<string, string>>;
  /** Who has KMS keys (`TREASURY_KEY_ID`) when deployed has these instead, and nobody else. */
  signing: {
    EVM_TREASURY_KEY: string;
    EVM_GAS_KEYS: string;
    EVM_FORMER_TREASURY_KEYS?: string;
    BITCOIN_TREASURY_KEY?: string;
    BITCOIN_FORMER_TREASURY_KEYS?: string;
    SOLANA_TREASURY_KEY?: string;
    SOLANA_FORMER_TREASURY_KEYS?: string;
  };
  /** The file of the spans of traces. Without it none are kept. */
  traceFile?: string;
  /** Why networks are out of service. Every function is told, so that none of them uses what stands in the place of wrong settings. */
  railsOff?: RailsOff;
  /** How long the chains here take to be final, for those who talk to them. */
  finalityMs: number;
};

const secretArn = /^(.+)_SECRET_ARN$/;
const kmsKeys = new Set([
  'TREASURY_KEY_ID',
  'GAS_KEY_IDS',
  'BITCOIN_TREASURY_KEY_ID',
  'SOLANA_TREASURY_KEY_ID',
]);
const rpcUrl = /^EVM_RPC_URL_/;

/** Makes the environment of each function: what the template declares, with the values of this machine. */
export function localEnvironment(
  local: LocalEnvironment,
  resolver: Resolver,
  { stackName }: Assembly,
): EnvironmentOf {
  const value = (name: string, declared: unknown): [string, string][] => {
    const here = local.settings[name];
    if (here !== undefined) return [[name, here]];
    if (kmsKeys.has(name)) return Object.entries(local.signing);
    const secret = secretArn.exec(name)?.[1];
    const known = secret === undefined ? undefined : local.secrets[secret];
    if (secret !== undefined && known !== undefined) return [[secret, known]];
    return [[name, String(resolver.resolve(declared))]];
  };
  const railsOff = JSON.stringify(local.railsOff ?? {});
  return ({ name, memoryMb, handler, logging }, declared) => {
    const own = Object.entries(declared).flatMap(([variable, text]) => value(variable, text));
    const talksToChains = Object.keys(declared).some((variable) => rpcUrl.test(variable));
    return {
      ...lambdaVariables({ name, memoryMb, handler }),
      // With JSON, Lambda names the least level that it lets pass, which is INFO where none is set.
      ...(logging?.LogFormat === 'JSON' && {
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        AWS_LAMBDA_LOG_LEVEL: logging.ApplicationLogLevel ?? 'INFO',
      }),
      AWS_ENDPOINT_URL: local.awsEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: local.dynamoEndpoint,
      // There is no X-Ray daemon here.
      POWERTOOLS_TRACE_ENABLED: 'false',
      POWERTOOLS_SERVICE_NAME: stackName.toLowerCase(),
      ...(local.traceFile !== undefined && { TRACE_FILE: local.traceFile }),
      ...(railsOff !== '{}' && { RAILS_OFF: railsOff }),
      ...(talksToChains && { FINALITY_MS: String(local.finalityMs) }),
      ...Object.fromEntries(own),
    };
  };
}

/** What Lambda's own runtime sets (AWS Lambda guide, "Defined runtime environment variables"). */
const lambdaVariables = (one: { name: string; memoryMb: number; handler: string }) => ({
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: one.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(one.memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${one.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  _HANDLER: one.handler,
  TZ: ':UTC',
});
