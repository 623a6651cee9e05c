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
  /** The caller stands still so long that it is taken for dead, before the call or after it; then it goes on. */
  'freeze-before',
  'freeze-after',
  /** What was true a while ago is the answer. */
  'stale',
] as const;
export type Fault = (typeof faultKinds)[number];

const services = ['dynamodb', 'sqs', 'keys', 'alpaca', 'due', 'chain', 'receiver', 'api'] as const;
export type Service = (typeof services)[number];
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
  /** The invocation that makes it, which can die or stand still; null: a caller that cannot. */
  invocation: number | null;
  /** How many calls there were when its caller had the answer; null: it never had one. */
  answered: number | null;
};

const dear: readonly Service[] = ['alpaca', 'due', 'chain'];
/** Whether somebody who moves money is asked something. */
export const isOfMoney = ({ to }: Call): boolean => dear.includes(to);
/** Whether somebody is asked to move money: where a wrong conclusion is dearest. */
export const movesMoney = (call: Call): boolean => call.changes && isOfMoney(call);

/** Decides about each call. */
export type Chaos = (call: Call) => Fault | null;

/** They are nothing of their own where there is no effect; and what is read late is not old. */
const ofEffects: readonly Fault[] = [
  'crash-after',
  'timeout-after',
  'error-after',
  'delayed',
  'duplicate',
  'freeze-before',
];
const ofCallers: readonly Fault[] = [
  'crash-before',
  'crash-after',
  'freeze-before',
  'freeze-after',
];

/** An account at the brokerage counts, too: decision 27 says what it costs when its cash is shown long after it has gone. */
const isOfOneThing = (operation: string): boolean => /\/:id(\/account)?$/.test(operation);

/**
 * The faults that are different things for this call. What DynamoDB may show late is its model's affair, which knows a
 * consistent read from another; and what a provider says of one thing is true: it is lists that lag.
 */
export const faultsOf = ({ changes, invocation, to, operation }: Call): Fault[] =>
  faultKinds.filter(
    (fault) =>
      // The SDK asks AWS again after both, before anybody hears of it.
      !(fault === 'error-before' && !changes && (to === 'dynamodb' || to === 'sqs')) &&
      (changes ? fault !== 'stale' : !ofEffects.includes(fault)) &&
      (invocation !== null || !ofCallers.includes(fault)) &&
      !(fault === 'stale' && (to === 'dynamodb' || isOfOneThing(operation))),
  );

export const noChaos: Chaos = () => null;

/** One fault, at one call. */
export const singleFault =
  (index: number, fault: Fault): Chaos =>
  (call) =>
    call.index === index ? fault : null;

/** The first calls of one operation, of one caller or of any, while withdrawals stand in a stage, and how they fail. */
export type First = {
  operation: string;
  from?: string;
  stage?: string;
  fault: Fault;
  times?: number;
};

/** And before anything else the first calls of one operation. */
export function andFirst(first: First, chaos: Chaos): Chaos {
  const { operation, from, stage, fault, times = 1 } = first;
  let left = times;
  return (call) => {
    const isMeant =
      call.operation === operation &&
      (from === undefined || call.from === from) &&
      (stage === undefined || call.stages.split(' ').includes(stage));
    if (left === 0 || !isMeant) return chaos(call);
    left -= 1;
    return fault;
  };
}

/**
 * Each call fails with a certain probability; which services do, and in which ways, is another mix in each world: where
 * everything fails in every way, little comes so far that it can fail in a rare one ("swarm testing", Groce et al., 2012).
 */
export function randomChaos(random: Random): Chaos {
  const some = <T>(all: readonly T[]): ReadonlySet<T> => {
    const share = random.pick([1, 0.5, 0.2]);
    const chosen = all.filter(() => random.chance(share));
    return new Set(chosen.length > 0 ? chosen : [random.pick(all)]);
  };
  const probability = random.pick([0, 0.01, 0.03, 0.1, 0.3]);
  // What moves money is asked once for each withdrawal: it has to fail oftener to be seen to.
  const ofMoney = Math.min(probability * random.pick([1, 5]), 0.5);
  const kinds = some(faultKinds);
  const places = some(services);
  return (call) => {
    if (!places.has(call.to)) return null;
    if (!random.chance(movesMoney(call) ? ofMoney : probability)) return null;
    const possible = faultsOf(call).filter((fault) => kinds.has(fault));
    return possible.length === 0 ? null : random.pick(possible);
  };
}

/** The same, but that one service does not answer at all for a while. */
export const withOutage =
  (chaos: Chaos, now: () => number, place: Service, from: number, until: number): Chaos =>
  (call) =>
    call.to === place && now() >= from && now() < until ? 'timeout-before' : chaos(call);
