/** TestUSDC (contracts/TestUSDC.sol) as a state machine: the same checks in the same order, words, events and topics. */
import {
  type AbiFunction,
  type Address,
  concatHex,
  decodeAbiParameters,
  domainSeparator,
  encodeAbiParameters,
  encodeErrorResult,
  type Hex,
  hexToBigInt,
  hexToNumber,
  keccak256,
  numberToHex,
  size,
  sliceHex,
  toEventSelector,
  toFunctionSelector,
  toHex,
} from 'viem';
import { readArtifact } from '../../../contracts/compile.ts';
import { historyOf } from './evm-history.ts';
import { lower, recoverAddress } from './evm-recover.ts';

/** `address`: of another contract than the token. */
export type TokenLog = { topics: Hex[]; data: Hex; address?: Address };
/**
 * What a call gives back: data, or the revert's data with its reason. Nothing is changed before `apply`.
 * `gas`: about what it costs beside the intrinsic gas.
 */
export type Outcome =
  | { ok: true; data: Hex; logs: TokenLog[]; gas: bigint; apply(): void }
  | { ok: false; reason: string | null; data: Hex; gas: bigint };
export type CallContext = { from: Address; height: number; timestamp: bigint };

export type Token = {
  /** Runs the call on the state of `height`; what it changes is written at that height. */
  call(data: Hex, context: CallContext): Outcome;
  /** Cancels an authorization as its owner's signature would, without one. */
  cancel(authorizer: Address, nonce: Hex, height: number): Outcome;
  /** Makes the payment of an authorization as its owner's signature would, without one. */
  use(from: Address, to: Address, value: bigint, nonce: Hex, height: number): Outcome;
  balanceOf(address: string, height: number): bigint;
  /** Gives an account its balance in the first block, without a log. */
  endow(address: string, micros: bigint): void;
  rewind(height: number): void;
  /** All that is applied until it is undone is a trial. */
  trial(): () => void;
};

const functions = new Map(
  readArtifact().abi.flatMap((item) =>
    item.type === 'function' ? [[toFunctionSelector(item), item] as const] : [],
  ),
);
/** The selector of the named function; where it is overloaded the one that takes the signature as `v, r, s`. */
export const encodeTokenCall = (name: string, ...args: readonly unknown[]): Hex => {
  const found = [...functions].find(
    ([, { name: one, inputs }]) => one === name && inputs.length === args.length,
  );
  if (found === undefined) throw new Error(`the token has no ${name}`);
  return concatHex([found[0], encodeAbiParameters(found[1].inputs, [...args])]);
};

const topics = {
  transfer: toEventSelector('Transfer(address,address,uint256)'),
  used: toEventSelector('AuthorizationUsed(address,bytes32)'),
  canceled: toEventSelector('AuthorizationCanceled(address,bytes32)'),
  mint: toEventSelector('Mint(address,address,uint256)'),
  blacklisted: toEventSelector('Blacklisted(address)'),
  unBlacklisted: toEventSelector('UnBlacklisted(address)'),
  pause: toEventSelector('Pause()'),
  unpause: toEventSelector('Unpause()'),
} as const;
export const tokenTopics = topics;

const typeHash = (type: string): Hex => keccak256(toHex(type));
const transferType = typeHash(
  'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)',
);
const cancelType = typeHash('CancelAuthorization(address authorizer,bytes32 nonce)');
const largestS = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const zeroAddress = `0x${'0'.repeat(40)}` as const;
export const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
const topicOf = (address: string): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;

/** A call as the ABI reads it; null: no function, or too little data. */
type Call = { name: string; args: readonly unknown[] };
const calls = new Map<Hex, Call | null>();
const callsMax = 50_000;

export function decodeTokenCall(data: Hex): Call | null {
  const known = calls.get(data);
  if (known !== undefined) return known;
  if (calls.size >= callsMax) calls.clear();
  const item = functions.get(data.slice(0, 10) as Hex);
  const call = item === undefined ? null : decodeArguments(item, data);
  calls.set(data, call);
  return call;
}

function decodeArguments(item: AbiFunction, data: Hex): Call | null {
  try {
    const args =
      item.inputs.length === 0 ? [] : decodeAbiParameters(item.inputs, `0x${data.slice(10)}`);
    return { name: item.name, args };
  } catch {
    return null;
  }
}

/** The payment that a `transferWithAuthorization` would make; null when the data is none. */
export function paymentOf(
  data: Hex,
): { from: Address; to: Address; micros: bigint; authorization: Hex } | null {
  const call = decodeTokenCall(data);
  if (call?.name !== 'transferWithAuthorization') return null;
  const [from, to, micros, , , authorization] = call.args as TransferArgs;
  return { from: lower(from), to: lower(to), micros, authorization };
}

/** The nonce that a `cancelAuthorization` would cancel; null when the data is none. */
export function cancelledBy(data: Hex): Hex | null {
  const call = decodeTokenCall(data);
  return call?.name === 'cancelAuthorization' ? (call.args[1] as Hex) : null;
}

type Signature = readonly [v: number, r: Hex, s: Hex] | readonly [signature: Hex];
type TransferArgs = readonly [
  from: Address,
  to: Address,
  value: bigint,
  validAfter: bigint,
  validBefore: bigint,
  nonce: Hex,
  ...signature: Signature,
];

class Revert extends Error {}
const requires = (holds: boolean, reason: string): void => {
  if (!holds) throw new Revert(reason);
};
const errorAbi = [
  { type: 'error', name: 'Error', inputs: [{ name: 'message', type: 'string' }] },
] as const;
export const revertData = (reason: string): Hex =>
  encodeErrorResult({ abi: errorAbi, errorName: 'Error', args: [reason] });

const gasOf: Readonly<Record<string, bigint>> = {
  transfer: 30_000n,
  transferWithAuthorization: 65_000n,
  cancelAuthorization: 35_000n,
};
const otherGas = 25_000n;
const revertGas = 8_000n;

export function tokenModel(
  chainId: number,
  address: Address,
  roles: { owner: Address; minter: Address },
): Token {
  const balances = historyOf(0n);
  const authorizations = historyOf(false);
  const blacklisted = historyOf(false);
  const paused = historyOf(false);
  const histories = [balances, authorizations, blacklisted, paused];
  blacklisted.set(lower(address), 0, true);
  const separator = domainSeparator({
    domain: { name: 'USD Coin', version: '2', chainId, verifyingContract: address },
  });
  const notPaused = (height: number): void => requires(!paused.get('', height), 'Pausable: paused');
  const notBlacklisted = (account: string, height: number): void =>
    requires(!blacklisted.get(lower(account), height), 'Blacklistable: account is blacklisted');
  const spentKey = (authorizer: string, nonce: Hex): string => `${lower(authorizer)}${nonce}`;
  const unused = (authorizer: string, nonce: Hex, height: number): void =>
    requires(
      !authorizations.get(spentKey(authorizer, nonce), height),
      'FiatTokenV2: authorization is used or canceled',
    );

  /** `_recover` of the contract: the checks in its order. */
  function recover(expected: Address, structHash: Hex, signature: Signature): Address {
    const packed =
      signature.length === 1
        ? signature[0]
        : concatHex([signature[1], signature[2], numberToHex(signature[0], { size: 1 })]);
    requires(size(packed) === 65, 'ECRecover: invalid signature length');
    const s = hexToBigInt(sliceHex(packed, 32, 64));
    const v = hexToNumber(sliceHex(packed, 64, 65));
    requires(s <= largestS, "ECRecover: invalid signature 's' value");
    requires(v === 27 || v === 28, "ECRecover: invalid signature 'v' value");
    const digest = keccak256(concatHex(['0x1901', separator, structHash]));
    const r = hexToBigInt(sliceHex(packed, 0, 32));
    const signer = recoverAddress(digest, { r, s, yParity: v - 27 }, expected);
    requires(signer !== null, 'ECRecover: invalid signature');
    return signer ?? zeroAddress;
  }
  const signedBy = (signer: string, structHash: Hex, signature: Signature): void =>
    requires(
      recover(lower(signer), structHash, signature) === lower(signer),
      'FiatTokenV2: invalid signature',
    );

  /** What a call that did not revert gives back and changes. */
  type Effects = { logs: TokenLog[]; writes: (() => void)[]; data: Hex };

  function move(from: string, to: string, value: bigint, height: number): Effects {
    const [payer, payee] = [lower(from), lower(to)];
    requires(payer !== zeroAddress, 'ERC20: transfer from the zero address');
    requires(payee !== zeroAddress, 'ERC20: transfer to the zero address');
    requires(value <= balances.get(payer, height), 'ERC20: transfer amount exceeds balance');
    return {
      data: '0x',
      logs: [{ topics: [topics.transfer, topicOf(payer), topicOf(payee)], data: word(value) }],
      writes: [
        () => balances.set(payer, height, balances.get(payer, height) - value),
        () => balances.set(payee, height, balances.get(payee, height) + value),
      ],
    };
  }

  function transferWithAuthorization(
    args: TransferArgs,
    { height, timestamp }: CallContext,
  ): Effects {
    const [from, to, value, validAfter, validBefore, nonce, ...signature] = args;
    notPaused(height);
    notBlacklisted(from, height);
    notBlacklisted(to, height);
    requires(timestamp > validAfter, 'FiatTokenV2: authorization is not yet valid');
    requires(timestamp < validBefore, 'FiatTokenV2: authorization is expired');
    unused(from, nonce, height);
    const fields = [word(value), word(validAfter), word(validBefore), nonce];
    const struct = keccak256(concatHex([transferType, topicOf(from), topicOf(to), ...fields]));
    signedBy(from, struct, signature);
    return used(from, to, value, nonce, height);
  }

  function used(from: Address, to: Address, value: bigint, nonce: Hex, height: number): Effects {
    const moved = move(from, to, value, height);
    return {
      data: '0x',
      logs: [{ topics: [topics.used, topicOf(from), nonce], data: '0x' }, ...moved.logs],
      writes: [() => authorizations.set(spentKey(from, nonce), height, true), ...moved.writes],
    };
  }

  function canceled(authorizer: string, nonce: Hex, height: number): Effects {
    return {
      data: '0x',
      logs: [{ topics: [topics.canceled, topicOf(authorizer), nonce], data: '0x' }],
      writes: [() => authorizations.set(spentKey(authorizer, nonce), height, true)],
    };
  }

  function run({ name, args }: Call, context: CallContext): Effects {
    const { from, height } = context;
    const view = (data: Hex): Effects => ({ data, logs: [], writes: [] });
    const text = (value: string): Effects =>
      view(encodeAbiParameters([{ type: 'string' }], [value]));
    const setBlacklisted = (on: boolean): Effects => {
      requires(from === roles.owner, 'Blacklistable: caller is not the blacklister');
      const account = lower(args[0] as Address);
      return {
        data: '0x',
        logs: [
          {
            topics: [on ? topics.blacklisted : topics.unBlacklisted, topicOf(account)],
            data: '0x',
          },
        ],
        writes: [() => blacklisted.set(account, height, on)],
      };
    };
    const setPaused = (on: boolean): Effects => {
      requires(from === roles.owner, 'Pausable: caller is not the pauser');
      return {
        data: '0x',
        logs: [{ topics: [on ? topics.pause : topics.unpause], data: '0x' }],
        writes: [() => paused.set('', height, on)],
      };
    };
    switch (name) {
      case 'name':
        return text('USD Coin');
      case 'symbol':
        return text('USDC');
      case 'version':
        return text('2');
      case 'decimals':
        return view(word(6n));
      case 'DOMAIN_SEPARATOR':
        return view(separator);
      case 'balanceOf':
        return view(word(balances.get(lower(args[0] as Address), height)));
      case 'isBlacklisted':
        return view(word(blacklisted.get(lower(args[0] as Address), height) ? 1n : 0n));
      case 'paused':
        return view(word(paused.get('', height) ? 1n : 0n));
      case 'authorizationState': {
        const [authorizer, nonce] = args as readonly [Address, Hex];
        return view(word(authorizations.get(spentKey(authorizer, nonce), height) ? 1n : 0n));
      }
      case 'transfer': {
        const [to, value] = args as readonly [Address, bigint];
        notPaused(height);
        notBlacklisted(from, height);
        notBlacklisted(to, height);
        return { ...move(from, to, value, height), data: word(1n) };
      }
      case 'transferWithAuthorization':
        return transferWithAuthorization(args as TransferArgs, context);
      case 'cancelAuthorization': {
        const [authorizer, nonce, ...signature] = args as readonly [Address, Hex, ...Signature];
        notPaused(height);
        unused(authorizer, nonce, height);
        const struct = keccak256(concatHex([cancelType, topicOf(authorizer), nonce]));
        signedBy(authorizer, struct, signature);
        return canceled(authorizer, nonce, height);
      }
      case 'mint': {
        const [to, amount] = args as readonly [Address, bigint];
        notPaused(height);
        requires(from === roles.minter, 'FiatToken: caller is not a minter');
        notBlacklisted(from, height);
        notBlacklisted(to, height);
        requires(lower(to) !== zeroAddress, 'FiatToken: mint to the zero address');
        requires(amount > 0n, 'FiatToken: mint amount not greater than 0');
        const payee = lower(to);
        return {
          data: word(1n),
          logs: [
            { topics: [topics.mint, topicOf(from), topicOf(payee)], data: word(amount) },
            { topics: [topics.transfer, topicOf(zeroAddress), topicOf(payee)], data: word(amount) },
          ],
          writes: [() => balances.set(payee, height, balances.get(payee, height) + amount)],
        };
      }
      case 'blacklist':
        return setBlacklisted(true);
      case 'unBlacklist':
        return setBlacklisted(false);
      case 'pause':
        return setPaused(true);
      case 'unpause':
        return setPaused(false);
      default:
        throw new Error(`the token's model does not know ${name}`);
    }
  }

  function attempt(name: string, effects: () => Effects): Outcome {
    try {
      const { data, logs, writes } = effects();
      const apply = (): void => {
        for (const write of writes) write();
      };
      return { ok: true, data, logs, gas: gasOf[name] ?? otherGas, apply };
    } catch (error) {
      if (!(error instanceof Revert)) throw error;
      const reason = error.message;
      return { ok: false, reason, data: revertData(reason), gas: revertGas };
    }
  }

  return {
    call: (data, context) => {
      const call = decodeTokenCall(data);
      if (call === null) return { ok: false, reason: null, data: '0x', gas: revertGas };
      return attempt(call.name, () => run(call, context));
    },
    cancel: (authorizer, nonce, height) =>
      attempt('cancelAuthorization', () => {
        notPaused(height);
        unused(authorizer, nonce, height);
        return canceled(authorizer, nonce, height);
      }),
    use: (from, to, value, nonce, height) =>
      attempt('transferWithAuthorization', () => {
        notPaused(height);
        notBlacklisted(from, height);
        notBlacklisted(to, height);
        unused(from, nonce, height);
        return used(from, to, value, nonce, height);
      }),
    endow: (account, micros) => balances.set(lower(account), 0, micros),
    balanceOf: (account, height) => balances.get(lower(account), height),
    rewind: (height) => {
      for (const history of histories) history.rewind(height);
    },
    trial: () => {
      const undos = histories.map((history) => history.trial());
      return () => {
        for (const undo of undos) undo();
      };
    },
  };
}
