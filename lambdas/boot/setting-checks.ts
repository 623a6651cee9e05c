/** What a setting is, and what its text may be. Each row of settings-table.ts names one of the checks. */
import { type AccountId, isAccountId } from '../core/brokerage/brokerage.ts';
import { SettingError } from '../core/kernel/errors.ts';
import { type Currency, currencies, type Minor, parseAmount } from '../core/kernel/money.ts';
import { type EvmNetwork, evmNetworks, networkSettings } from '../core/kernel/networks.ts';
import { withoutUrls } from '../core/kernel/redact.ts';
import { durationMs } from '../core/kernel/time.ts';
import type { Hex } from '../core/rails/evm/hex.ts';
import { payIns } from '../core/store/conversion-record.ts';

/** `read` answers what a text means, and `undefined` when it means nothing. `wanted` is for people. */
export type Check<T> = { wanted: string; read: (text: string) => T | undefined };

export type Setting<T = unknown> = {
  /** `<NETWORK>` in it stands for each network: see `ofNetwork`. */
  name: string;
  check: Check<T>;
  /** docs/configuration.md says whom each word means. */
  neededBy: 'all' | 'chain' | 'signer' | 'brokerage' | 'secret' | 'authorizer' | 'CDK' | 'start';
  meaning: string;
  /** The one side on which it exists; without it, both. */
  only?: 'local' | 'deployed';
  /** What holds when it is not set. Where this is the empty text, an empty text may be set as well. */
  default?: string | number;
  /** What `npm start` sets instead. */
  local?: string | number;
  /** What holds instead of a value, in words. */
  otherwise?: string;
  /** Names that must be set, too, where they exist and have no value of their own. */
  needs?: readonly string[];
  /** Is never shown. */
  secret?: true;
};

/** Throws, with what is wanted, on a text that means nothing. */
export function read<T>({ name, check, secret }: Setting<T>, text: string): T {
  const value = check.read(text);
  if (value !== undefined) return value;
  const said = `${name} must be ${check.wanted}`;
  throw new SettingError(`${said}${secret ? '' : `, not "${withoutUrls(text)}"`}.`, `${said}.`);
}

export const ofNetwork = <T>(setting: Setting<T>, network: EvmNetwork): Setting<T> => ({
  ...setting,
  name: setting.name.replace('<NETWORK>', network.toUpperCase()),
});

// With these annotations esbuild leaves out the checks that a function does not use.
/* @__NO_SIDE_EFFECTS__ */
const matching = (pattern: RegExp, wanted: string): Check<string> => ({
  wanted,
  read: (text) => (pattern.test(text) ? text : undefined),
});
/* @__NO_SIDE_EFFECTS__ */
const oneOf = <const Word extends string>(words: readonly Word[]): Check<Word> => ({
  wanted: `one of ${words.join(', ')}`,
  read: (text) => words.find((word) => word === text),
});
/* @__NO_SIDE_EFFECTS__ */
const whole = (min: number, max: number, wanted = `a whole number from ${min} to ${max}`) => ({
  wanted,
  read: (text: string) => {
    const number = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1;
    return number >= min && number <= max ? number : undefined;
  },
});

export const text = matching(/^/, 'text');
export const list = (words: string): string[] =>
  words.split(',').flatMap((word) => word.trim() || []);
export const hosts: Check<string[]> = { wanted: 'hosts, separated by commas', read: list };
export const email = matching(/^\S+@\S+$/, 'an e-mail address');
export const url = matching(/^https?:\/\/\S+$/, 'an http(s) URL');
/** Keys that are fetched without TLS are whoever's in between; on one machine there is nobody in between. */
export const secureUrl = matching(
  /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)([:/]|$))\S*$/,
  'an https URL',
);
export const topicArn = matching(
  /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/,
  'the ARN of a topic in SNS',
);
export const secretArn = matching(/^arn:\S+$/, 'the ARN of a secret');
const keyArnPattern = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;
export const kmsKeyArn = matching(keyArnPattern, 'the ARN of a key in KMS');
export const cloudFormationName = matching(/^[A-Za-z][A-Za-z\d-]*$/, 'letters, digits and hyphens');
export const publicKey = matching(/BEGIN PUBLIC KEY/, 'a public key in PEM');
export const address = matching(/^0x[\da-fA-F]{40}$/, 'an address (0x and 40 hex digits)');
export const logLevel = oneOf(['debug', 'info', 'warn', 'error']);
export const traces = oneOf(['xray', 'otlp', 'file', 'off']);
export const onOff = oneOf(['on', 'off']);
export const payIn = oneOf(payIns);
export const gasSigner = oneOf(['kms', 'secret']);
export const localGasSigner = oneOf(['local']);
export const milliseconds = whole(
  1,
  Number.MAX_SAFE_INTEGER,
  'a whole number of milliseconds, at least 1',
);
export const port = whole(0, 65_535, 'a port number (0: any free one)');
/** The most that API Gateway gives an account by default, and the burst that comes with it. */
export const ratePerSecond = whole(1, 10_000);
export const burst = whole(1, 5_000);
export const upToTwenty = whole(1, 20);
export const chainId = whole(
  1,
  Number.MAX_SAFE_INTEGER,
  'the id of a chain (a whole number, at least 1)',
);
export const logRange = whole(1, 1_000_000);
export const batch = whole(1, 1_000);

/** In wei. */
export const gwei: Check<bigint> = {
  wanted: 'gwei, such as "30" or "0.05"',
  read: (text) => {
    const [, whole = '', part = ''] = /^(0|[1-9]\d{0,8})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
    const wei = BigInt(`${whole}${part.padEnd(9, '0')}`);
    return whole !== '' && wei > 0n ? wei : undefined;
  },
};

export const privateKey: Check<Hex> = {
  wanted: 'a private key (0x and 64 hex digits)',
  read: (key) => (/^0x[\da-fA-F]{64}$/.test(key.trim()) ? (key.trim() as Hex) : undefined),
};

/** Each part of a list, read; `undefined` when one of them means nothing. */
export function each<T>(
  words: readonly string[],
  one: (word: string) => T | undefined,
): T[] | undefined {
  const values = words.map(one);
  return values.every((value) => value !== undefined) ? values : undefined;
}

export const privateKeys: Check<Hex[]> = {
  wanted: 'private keys (0x and 64 hex digits each), separated by commas',
  read: (keys) => each(keys.split(','), privateKey.read),
};

/* @__NO_SIDE_EFFECTS__ */
const arnsOf = (what: string, one: (arn: string) => string | undefined): Check<string[]> => ({
  wanted: `ARNs of ${what}, each once, separated by commas`,
  read: (arns) => {
    const some = each(arns.split(','), (arn) => one(arn.trim()));
    return some !== undefined && new Set(some).size === some.length ? some : undefined;
  },
});
export const kmsKeyArns = arnsOf('keys in KMS', kmsKeyArn.read);
const secretArnPattern = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/;
export const isSecretArn = (arn: string): boolean => secretArnPattern.test(arn);
export const gasKeyArns = arnsOf('keys in KMS, or of secrets', (arn) =>
  isSecretArn(arn) ? arn : kmsKeyArn.read(arn),
);

export const uuid: Check<AccountId> = {
  wanted: 'a UUID',
  read: (id) => (isAccountId(id.toLowerCase()) ? id.toLowerCase() : undefined),
};

/** `null`: for ever. */
export const lifetime: Check<number | null> = {
  wanted: '"never" or a duration such as "90s", "30m", "24h" or "7d"',
  read: (words) => (words === 'never' ? null : (durationMs(words) ?? undefined)),
};

const payEther = evmNetworks.filter((network) => networkSettings[network].assets.includes('ETH'));
export const etherNetworks: Check<EvmNetwork[]> = {
  wanted: `networks, each once, of ${payEther.join(', ')}`,
  read: (words) => {
    const some = each(list(words), (word) => payEther.find((network) => network === word));
    return some !== undefined && new Set(some).size === some.length ? some : undefined;
  },
};

/** An amount for each currency that it is said for. */
export const amounts: Check<Partial<Record<Currency, Minor>>> = {
  wanted: 'amounts by currency, such as "USD:100.00,USDC:50.00"',
  read: (words) => {
    const pairs = each(words.split(','), (pair): [Currency, Minor] | undefined => {
      const [, word, digits = ''] = /^\s*([A-Z]+):(\S+)\s*$/.exec(pair) ?? [];
      const currency = currencies.find((one) => one === word);
      const amount = currency && parseAmount(digits, currency);
      return currency && amount ? [currency, amount] : undefined;
    });
    return pairs && Object.fromEntries(pairs);
  },
};

/** The tenant that owns each account. */
export const owners: Check<ReadonlyMap<AccountId, string>> = {
  wanted: 'tenants and their accounts, each once, such as "alice:<uuid>,bob:<uuid>"',
  read: (words) => {
    const pairs = each(words.split(','), (pair): [AccountId, string] | undefined => {
      const [, tenant = '', id = ''] = /^([\w-]{1,64}):(\S+)$/.exec(pair.trim()) ?? [];
      const account = uuid.read(id);
      return account === undefined ? undefined : [account, tenant];
    });
    return pairs && new Map(pairs).size === pairs.length ? new Map(pairs) : undefined;
  },
};
