/** What can go wrong with a call, and which of it goes wrong with this one. */
import type { Random } from './random.ts';

export const faultKinds = [
  /** The caller dies before the call is made, or when it has had its effect. */
  'crash-before',
  'crash-after',
  /** No answer comes; it had no effect, or it had. */
  'timeout-before',
  'timeout-after',
  /** The other side says that something went wrong with it; it had no effect, or it had. */
  'error-before',
  'error-after',
  /** No answer comes, and the effect much later. */
  'delayed',
  /** It has its effect twice. */
  'duplicate',
  /** The caller stands still so long that it is taken for dead; then it goes on. */
  'freeze',
  /** What was true a while ago is the answer. */
  'stale',
] as const;
export type Fault = (typeof faultKinds)[number];

export type Service = 'dynamodb' | 'sqs' | 'alpaca' | 'due' | 'chain' | 'receiver' | 'api';
export type Call = {
  /** Counts the calls of the run. */
  index: number;
  /** Who calls: a function, a client, the on-ramp. */
  from: string;
  to: Service;
  operation: string;
  /** Whether it may change anything there. */
  changes: boolean;
  /** The withdrawals that it is about, and the stages that they are in. */
  ids: readonly string[];
  stages: string;
  /** Whether a caller that can die or stand still makes it. */
  mortal: boolean;
};

/** Decides about each call. */
export type Chaos = (call: Call) => Fault | null;

const afterEffect: readonly Fault[] = [
  'crash-after',
  'timeout-after',
  'error-after',
  'delayed',
  'duplicate',
];
const ofCallers: readonly Fault[] = ['crash-before', 'crash-after', 'freeze'];

/**
 * The faults that are different things for this call. What DynamoDB may show late is its model's affair, which knows a
 * consistent read from another; and what a provider says of one thing is true: it is lists that lag.
 */
export const faultsOf = ({ changes, mortal, to, operation }: Call): Fault[] =>
  faultKinds.filter(
    (fault) =>
      // The SDK asks AWS again after both, before anybody hears of it.
      !(fault === 'error-before' && !changes && (to === 'dynamodb' || to === 'sqs')) &&
      (changes ? fault !== 'stale' : !afterEffect.includes(fault)) &&
      (mortal || !ofCallers.includes(fault)) &&
      !(fault === 'stale' && (to === 'dynamodb' || operation.endsWith('/:id'))),
  );

export const noChaos: Chaos = () => null;

/** One fault, at one call. */
export const singleFault =
  (index: number, fault: Fault): Chaos =>
  (call) =>
    call.index === index ? fault : null;

/** Each call fails with this probability, in any way that it can. */
export const randomChaos =
  (random: Random, probability: number): Chaos =>
  (call) =>
    random.chance(probability) ? random.pick(faultsOf(call)) : null;
