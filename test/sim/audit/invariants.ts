/** Every invariant there is. What is checked when stands with each. */
import { acceptedIsKept, oneForEachKey, withinLimits } from './api.ts';
import { countedFirst } from './asked.ts';
import { movedOnce, oneKey } from './brokerage.ts';
import { oneTruth } from './consistency.ts';
import {
  boundToItsWithdrawal,
  excludeEachOther,
  fairlyOffered,
  noncesInOrder,
  onePayer,
  paidOnce,
  savedFirst,
} from './effects.ts';
import { excusesHaveDeeds } from './exceptions.ts';
import type { Invariant } from './invariant.ts';
import {
  amounts,
  balanced,
  chained,
  conserved,
  derived,
  lifecycle,
  noOrphanHold,
  notNegative,
} from './ledger.ts';
import { comesToAnEnd, nothingLost, verdictsHeard, waitsVisibly, withinSight } from './liveness.ts';
import { convertedOnce } from './on-ramp.ts';
import { fairlyJudged, inOrder, nobodyGivesWay } from './order.ts';
import { completedIsCharged, givenBackNeverPaid, heldFirst, paidInTruth } from './outcomes.ts';
import { onlyWhatIsSo } from './reconciliation.ts';
import { absorbing, allowedCauses, barrier, legalMoves, provenFailure } from './states.ts';
import { heldBackIsHeld, waitingIsNoFailure } from './switches.ts';
import {
  countedRight,
  delivered,
  inSequence,
  isolated,
  numbered,
  phantomFree,
  publicOnly,
  recordedFirst,
  signedAlike,
} from './webhooks.ts';
import { leftAlone, onceMore, replayed } from './webhooks-again.ts';
import { wiredOnce, wiresAddUp } from './wires.ts';

export const invariants: readonly Invariant[] = [
  oneTruth,
  // L: the ledger
  balanced,
  conserved,
  derived,
  notNegative,
  lifecycle,
  chained,
  amounts,
  noOrphanHold,
  // X: effects outside, at most once
  heldFirst,
  movedOnce,
  oneKey,
  convertedOnce,
  paidOnce,
  excludeEachOther,
  savedFirst,
  boundToItsWithdrawal,
  paidInTruth,
  noncesInOrder,
  countedFirst,
  onePayer,
  fairlyOffered,
  wiredOnce,
  wiresAddUp,
  // R: reconciliation
  onlyWhatIsSo,
  // S: states
  legalMoves,
  absorbing,
  givenBackNeverPaid,
  completedIsCharged,
  provenFailure,
  allowedCauses,
  barrier,
  comesToAnEnd,
  nothingLost,
  withinSight,
  waitsVisibly,
  verdictsHeard,
  heldBackIsHeld,
  waitingIsNoFailure,
  // I, V: what clients were promised
  oneForEachKey,
  acceptedIsKept,
  isolated,
  withinLimits,
  // O, H: order, events, webhooks
  inOrder,
  numbered,
  inSequence,
  phantomFree,
  fairlyJudged,
  nobodyGivesWay,
  recordedFirst,
  signedAlike,
  publicOnly,
  delivered,
  countedRight,
  onceMore,
  replayed,
  leftAlone,
  // E: what a scenario excuses
  excusesHaveDeeds,
];
