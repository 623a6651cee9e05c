/** What a deployment is told: CDK context under the names of lambdas/boot/settings-table.ts. No context at all is a valid one. */
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { contradictionsIn, limitsFrom } from '../lambdas/boot/amount-limits.ts';
import { isSecretArn, ofNetwork, read, type Setting } from '../lambdas/boot/setting-checks.ts';
import * as bitcoin from '../lambdas/boot/settings-bitcoin.ts';
import * as evm from '../lambdas/boot/settings-evm.ts';
import * as solana from '../lambdas/boot/settings-solana.ts';
import * as table from '../lambdas/boot/settings-table.ts';
import { SettingError } from '../lambdas/core/kernel/errors.ts';
import { evmNetworks, networkSettings } from '../lambdas/core/kernel/networks.ts';
import type { AlarmsTo } from './alarms.ts';
import type { GivenSecretArns } from './secrets.ts';
import { faultsOfNames, gatherFaults, settingsOf } from './setting-names.ts';

/** The key of a rail that is off unless it is configured. Without an ARN the stack makes one. */
export type RailKey = { is: 'none' } | { is: 'wanted'; arn: string | undefined };
export type RateLimit = { ratePerSecond: number; burst: number };
export type Settings = {
  /** Environment of every function. A network is enabled where EVM_TOKEN_<NETWORK> is set. */
  common: Record<string, string>;
  /** Environment of those who talk to a chain. */
  chains: Record<string, string>;
  /** Of the secrets that hold the URLs of nodes: for the same functions. */
  rpcUrlArns: readonly string[];
  /** Environment of those who use the brokerage. Empty: there is none. */
  brokerage: Record<string, string>;
  /** Of secrets that are there already. */
  secretArns: GivenSecretArns;
  /** Of keys that are there already. */
  keyArns: {
    treasury: string | undefined;
    gas: readonly string[] | undefined;
    bitcoin: RailKey;
    solana: RailKey;
    former: { evm: readonly string[]; bitcoin: readonly string[]; solana: readonly string[] };
  };
  /** Environment of the authorizer; `null`: API keys only. */
  oidc: Record<string, string> | null;
  /** Of each API key. */
  rateLimit: RateLimit;
  /** Gas lanes: keys that pay for submitting payouts, and where these keys live. */
  gasKeys: number;
  gasSigner: 'kms' | 'secret';
  alarms: AlarmsTo;
};

const parameterPrefix = 'ssm:';
const isParameter = (text: string): boolean => text.startsWith(parameterPrefix);

/**
 * Reads the context. A value `ssm:<name>` is read from Parameter Store, by CloudFormation, when the stack is deployed.
 * A network without the secret of its node's URL is left out. Throws, with a line about each, on names and values that
 * cannot be right.
 */
export function settingsFrom(scope: Construct): Settings {
  const context = scope.node.getAllContext() as Record<string, unknown>;
  const isSet = ({ name }: Setting): boolean => context[name] !== undefined;
  const faults = gatherFaults();
  faults.add(...faultsOfNames(Object.keys(context), 'deployed'));
  const enabled = evmNetworks.filter((network) => isSet(ofNetwork(evm.evmRpcUrlArn, network)));
  if (enabled.length > 0 && !isSet(evm.evmTreasuryAddress))
    faults.add(
      'A network needs EVM_TREASURY_ADDRESS. Deploy once without networks to get the treasury key, then give its address (docs/runbook.md#treasury-address).',
    );
  // The address is that of a key which the first deployment with a node makes. Until it is given the rail is off.
  const waiting = [
    ...(isSet(bitcoin.bitcoinTreasuryAddress) ? [] : ['BITCOIN_']),
    ...(isSet(solana.solanaTreasuryAddress) ? [] : ['SOLANA_']),
  ];
  const payIn = table.onRampPayIn.check.read(String(context[table.onRampPayIn.name]));
  if (payIn !== undefined && payIn !== table.onRampPayIn.default && !isSet(table.alpacaBaseUrl))
    faults.add(`ON_RAMP_PAY_IN "${payIn}" needs the brokerage that wires: ALPACA_BASE_URL.`);

  if (isSet(table.alarmEmail) && isSet(table.alarmTopicArn))
    faults.add(
      `${table.alarmEmail.name} is for the topic that the stack makes. Subscribe whoever is to be told to the topic that ${table.alarmTopicArn.name} names.`,
    );
  if (context[table.traces.name] === 'otlp' && !isSet(table.otlpTracesUrl))
    faults.add(`TRACES "otlp" needs ${table.otlpTracesUrl.name}.`);

  /** What stands in the context, checked. What `ssm:<name>` stands for cannot be. */
  const given = ({ name, check, neededBy }: Setting): string | undefined => {
    const inTemplate = neededBy === 'CDK';
    const value = context[name];
    if (value === undefined) return undefined;
    const text = inTemplate && typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string')
      throw new SettingError(`${name} in the CDK context must be a string.`);
    if ((isParameter(text) && !inTemplate) || check.read(text) !== undefined) return text;
    const end = inTemplate ? ' itself, not ssm:' : ', or ssm:<parameter>';
    throw new SettingError(`${name} in the CDK context must be ${check.wanted}${end}.`);
  };
  for (const setting of settingsOf('deployed')) faults.attempt(() => given(setting));
  /** `null` also for what is not known before the deployment. */
  const known = <T>(setting: Setting<T>): T | null => {
    const text = given(setting);
    return text === undefined || isParameter(text) ? null : read(setting, text);
  };
  faults.add(...(faults.attempt(() => contradictionsIn(limitsFrom(known))) ?? []));
  faults.end();

  const textOf = (setting: Setting): string | undefined => {
    const text = given(setting);
    return text !== undefined && isParameter(text)
      ? StringParameter.valueForStringParameter(scope, text.slice(parameterPrefix.length))
      : text;
  };
  const numberOf = (setting: Setting<number> & { default: number }): number =>
    read(setting, textOf(setting) ?? String(setting.default));
  const present = (pairs: readonly (readonly [string, string | undefined])[]) =>
    Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
  // A setting that is accepted and reaches nobody would be a limit that does not hold.
  for (const { name, neededBy } of settingsOf('deployed', enabled))
    if (neededBy === 'signer' || neededBy === 'start')
      throw new Error(`${name} is a setting of a deployment, and no function is told of it.`);
  const toldTo = (whom: Setting['neededBy']) =>
    present(
      settingsOf('deployed', enabled)
        .filter(({ neededBy }) => neededBy === whom)
        .filter(({ name }) => !waiting.some((prefix) => name.startsWith(prefix)))
        .map((setting) => [setting.name, textOf(setting)]),
    );
  const usdc = enabled.map((network) => [
    ofNetwork(evm.evmToken, network).name,
    networkSettings[network].usdc,
  ]);
  const mint = isSet(solana.solanaTreasuryAddress)
    ? { [solana.solanaUsdcMint.name]: networkSettings.solana.usdc }
    : {};
  const oidc = toldTo('authorizer');
  const listOf = (setting: Setting<readonly string[]>) => {
    const text = textOf(setting);
    return text === undefined ? undefined : read(setting, text);
  };
  const chains = toldTo('chain');
  const railKey = (node: Setting, arn: Setting): RailKey =>
    isSet(node) ? { is: 'wanted', arn: textOf(arn) } : { is: 'none' };
  const gasSigner = read(evm.evmGasSigner, textOf(evm.evmGasSigner) ?? evm.evmGasSigner.default);
  const gasArns = listOf(evm.evmGasKeyArns);
  if (gasArns?.some((arn) => isSecretArn(arn) !== (gasSigner === 'secret')))
    throw new Error(
      `${evm.evmGasKeyArns.name} must be of the kind that ${evm.evmGasSigner.name} says: "${gasSigner}".`,
    );
  return {
    common: { ...Object.fromEntries(usdc), ...mint, ...toldTo('all') },
    chains,
    rpcUrlArns: [
      ...enabled.map((network) => ofNetwork(evm.evmRpcUrlArn, network)),
      bitcoin.bitcoinRpcUrlArn,
      solana.solanaRpcUrlArn,
    ].flatMap(({ name }) => chains[name] ?? []),
    brokerage: toldTo('brokerage'),
    keyArns: {
      treasury: textOf(evm.evmTreasuryKeyArn),
      gas: gasArns,
      bitcoin: railKey(bitcoin.bitcoinRpcUrlArn, bitcoin.bitcoinTreasuryKeyArn),
      solana: railKey(solana.solanaRpcUrlArn, solana.solanaTreasuryKeyArn),
      former: {
        evm: listOf(evm.evmFormerTreasuryKeyArns) ?? [],
        bitcoin: listOf(bitcoin.bitcoinFormerTreasuryKeyArns) ?? [],
        solana: listOf(solana.solanaFormerTreasuryKeyArns) ?? [],
      },
    },
    secretArns: present([
      [table.idSecret.name, textOf(table.idSecretArn)],
      [table.dueApiKey.name, textOf(table.dueApiKeyArn)],
      [table.alpacaSecretKey.name, textOf(table.alpacaSecretArn)],
    ]),
    oidc: Object.keys(oidc).length === 0 ? null : oidc,
    rateLimit: {
      ratePerSecond: numberOf(table.rateLimitPerSecond),
      burst: numberOf(table.rateLimitBurst),
    },
    gasKeys: numberOf(evm.gasKeys),
    gasSigner,
    alarms: { email: textOf(table.alarmEmail), topicArn: textOf(table.alarmTopicArn) },
  };
}
