/** What the stages, statuses and steps are called, and what they mean, in plain words. */
import type { Stage, Status, Step } from '../api/types.ts';

type StageWords = {
  /** What is true of a withdrawal that stands there, in two words and in a sentence. */
  short: string;
  means: string;
  /** What it does there, or what became of it. */
  group: 'way' | 'back' | 'end' | 'person';
};

/** The stages in the order in which money moves through them (lambdas/core/withdrawal/withdrawal.ts). */
// biome-ignore format: a table
export const stageWords: Record<Stage, StageWords> = {
  requested:  { group: 'way',    short: 'a client asked', means: 'A client has asked. Nothing is taken yet.' },
  debiting:   { group: 'way',    short: 'at the brokerage', means: 'The brokerage was asked for the client’s cash.' },
  reserved:   { group: 'way',    short: 'money is held', means: 'The ledger holds the money.' },
  converting: { group: 'way',    short: 'USD into USDC', means: 'The on-ramp turns dollars into USDC.' },
  converted:  { group: 'way',    short: 'USDC is here', means: 'The USDC is in the treasury.' },
  signed:     { group: 'way',    short: 'payout is saved', means: 'The payout is signed and its bytes are saved.' },
  broadcast:  { group: 'way',    short: 'network has it', means: 'The network has it; not final yet.' },
  confirmed:  { group: 'way',    short: 'final on chain', means: 'Final on chain: it is paid.' },
  settled:    { group: 'end',    short: 'paid', means: 'Paid, and the hold is spent.' },
  refunding:  { group: 'back',   short: 'money goes back', means: 'Nothing was paid: the money goes back.' },
  refunded:   { group: 'end',    short: 'given back', means: 'Everything was given back.' },
  rejected:   { group: 'end',    short: 'nothing taken', means: 'Nothing was taken.' },
  cancelled:  { group: 'end',    short: 'called off', means: 'The client called it off.' },
  review:     { group: 'person', short: 'a person decides', means: 'The outcome is not proven: a person decides.' },
};

export const wayStages = [
  'requested',
  'debiting',
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
] as const satisfies readonly Stage[];
export const sideStages = [
  'review',
  'refunding',
  'refunded',
  'rejected',
  'cancelled',
] as const satisfies readonly Stage[];

export type Tone = 'plain' | 'moving' | 'waiting' | 'good' | 'bad' | 'person';
// biome-ignore format: a table
export const statusWords: Record<Status, { label: string; tone: Tone }> = {
  PENDING:    { label: 'Pending',    tone: 'plain' },
  PROCESSING: { label: 'Processing', tone: 'moving' },
  RETRYING:   { label: 'Waiting',    tone: 'waiting' },
  COMPLETED:  { label: 'Completed',  tone: 'good' },
  FAILED:     { label: 'Failed',     tone: 'bad' },
  CANCELLED:  { label: 'Cancelled',  tone: 'plain' },
  REVIEW:     { label: 'In review',  tone: 'person' },
};

/** The queues, by the step that they ring. */
export const stepWords: Record<Step, string> = {
  journal: 'moves cash at the brokerage',
  debit: 'writes the wallets’ ledger',
  'on-ramp': 'turns dollars into USDC',
  broadcast: 'signs and sends payouts',
  confirm: 'asks the chain for its verdict',
  refund: 'gives cash back at the brokerage',
  webhook: 'tells clients',
  'webhook-retry': 'tells clients again',
  relay: 'rings the steps when something has changed',
  bus: 'puts every event on the event bus',
};

export const isOver = (status: Status): boolean =>
  status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';

/** The stages in which a client may still have it all back: nothing is signed yet. */
const cancellable: ReadonlySet<Stage> = new Set<Stage>([
  ...(['requested', 'debiting', 'reserved', 'converting', 'converted'] as const),
]);
export const isCancellable = ({ stage }: { stage: Stage }): boolean => cancellable.has(stage);
