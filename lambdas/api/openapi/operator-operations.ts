/** The descriptions of the operations for operators in the OpenAPI document. */
import type { OperationName } from '../operations.ts';
import { type Description, ok } from './description.ts';
import * as operators from './operators.ts';
import * as resources from './resources.ts';
import * as service from './service.ts';

const fourEyes =
  'The first caller proposes (202), another principal confirms (200). A principal is the `sub` of a token, or the `--principal` that a key was made with: who proposed it is answered 403, by whatever key. A proposal is void after a day, and when the withdrawal has changed since (409).';
const resolved = {
  answers: {
    202: { is: 'Proposed. Another principal has to confirm it.', schema: operators.Resolution },
    200: {
      is: 'Confirmed and done, now or by the same caller before.',
      schema: operators.Resolution,
    },
  },
  problems: ['CONFLICT'],
} satisfies Pick<Description, 'answers' | 'problems'>;

const turnedWith =
  'It takes effect within seconds, in everything that runs. Who turns it, when and why is kept; the same again changes nothing.';

export const operatorDescriptions = {
  getReconciliation: {
    tag: 'Service',
    summary: 'Whether all books agree',
    description:
      'Our books beside those of the brokerage, the on-ramp and the chains, of the last 26 hours. Compared every hour, and when it is asked for and the last report is older than a minute. Nothing is ever corrected by it. A chain whose node does not answer is reported as `chain-unread`, and keeps nobody from comparing the rest.',
    answers: ok('The last report.', service.Reconciliation),
  },
  listOpenWithdrawals: {
    tag: 'Operators',
    summary: 'What withdrawals of all tenants wait for',
    description:
      'Those that have not ended, oldest first. With a `stage` or `status` that has ended it needs a `tenant`, and lists what has. A page that would have to look at very many withdrawals ends early: go on by its `nextCursor`. A withdrawal that newer code has written, during a deployment, is left out.',
    answers: ok('A page, oldest first.', resources.pageOf(operators.OpenWithdrawal, 'OpenPage')),
  },
  inspectWithdrawal: {
    tag: 'Operators',
    summary: 'One withdrawal of any tenant, and what may be decided about it',
    description:
      'Open or ended: what it waits for, its timeline, the newest attempts at its payout, and of each thing that two operators may decide why it is not possible now. To look changes nothing.',
    answers: ok('The withdrawal.', operators.InspectedWithdrawal),
  },
  getWithdrawalTrace: {
    tag: 'Operators',
    summary: 'The way of a withdrawal, as the spans of its trace',
    description:
      'One trace for all of its life, from the request to the last webhook: the whole, its stay in each stage, and (where the system keeps spans itself, which it does with `npm start`) every attempt at a provider and a webhook. Oldest first.',
    answers: ok('Its trace.', operators.Trace),
  },
  resumeWithdrawal: {
    tag: 'Operators',
    summary: 'Have a withdrawal in REVIEW asked again',
    description: `Its step looks up what became of what it asked for, and sends nothing that may have been carried out. ${fourEyes}`,
    ...resolved,
  },
  refundWithdrawal: {
    tag: 'Operators',
    summary: 'Give back the money of a withdrawal in REVIEW',
    description: `Only where no payout was ever signed and nothing that was sent can still take effect. One that has been debiting or converting for six hours, because nobody says what becomes of it, may be given back as well. Both people attest what became of it. ${fourEyes}`,
    ...resolved,
  },
  cancelPayout: {
    tag: 'Operators',
    summary: 'Have a signed payout cancelled on the chain',
    description: `For one that cannot go. Its money is given back when the cancellation is final; if the payout is faster, it is paid. ${fourEyes}`,
    ...resolved,
  },
  listCircuitBreakers: {
    tag: 'Service',
    summary: 'Which providers are taken to be well',
    description:
      'A circuit breaker for each thing that is asked of a provider. While one is OPEN nothing is asked and withdrawals wait, as RETRYING; then a question that moves nothing finds out whether the provider is back (HALF_OPEN), and work begins again with one call and doubles.',
    answers: ok('All of them.', service.CircuitBreakers),
  },
  startReconciliation: {
    tag: 'Service',
    summary: 'Compare all books now',
    description:
      'It takes up to a quarter of an hour. The report is there when its `finishedAt` is later than `requestedAt`. Twice at once does no harm.',
    answers: { 202: { is: 'Asked for.', schema: service.ReconciliationAsked } },
  },
  getStats: {
    tag: 'Service',
    summary: 'What was done, and what waits',
    description:
      'Withdrawals are counted as they change, and those that have ended are `processed`; one that was FAILED and is taken up again is in flight again. Queues are counted by SQS, roughly.',
    answers: ok('The numbers.', service.Stats),
  },
  getDeadLetters: {
    tag: 'Operators',
    summary: 'Messages that were put aside, and why',
    description:
      'Of a step, of `relay` or of `bus`. At most a hundred are shown, and of each message group (a wallet, or a part of it) only the first for certain; `total` says how many there are. To look takes nothing away, but counts as a receive.',
    answers: ok('What lies there.', operators.DeadLetters),
  },
  redriveDeadLetters: {
    tag: 'Operators',
    summary: 'Ring once more for what was put aside',
    description:
      'The dead letters of a step go back to its queue. Those of `relay` and `bus` say when changes were made that were not told: what is missing of that time is told now, and all of it is put on the event bus once more, under the ids that it had; the letters go when that is done. What nobody can read stays. Twice does no harm.',
    answers: { 202: { is: 'Under way.', schema: operators.Redriven } },
  },
  discardDeadLetter: {
    tag: 'Operators',
    summary: 'Take away a dead letter that nobody can read',
    description:
      'None of our code has sent it, so nothing waits for it. Who did it, when and why is kept, and shown with the dead letters; of what was in it the length and the SHA-256. One that can be read is refused (409): redrive it.',
    answers: ok('It is gone.', operators.Discarded),
    problems: ['CONFLICT'],
  },
  getTreasury: {
    tag: 'Operators',
    summary: 'Where our money stands on each network',
    description:
      'What the treasury finally has, what is signed and not final, what waits for money, and the gas lanes: those that pay now, and those of before that have something on its way, as a former treasury of ether. What a node does not say is null, with the reason in `unknown`; the addresses are told all the same.',
    answers: ok('All networks.', operators.Treasury),
  },
  listSwitches: {
    tag: 'Operators',
    summary: 'What is held back, by whom and why',
    description:
      'All switches as they are now, and the newest turns of them and of the processor. One that nobody has ever turned is on.',
    answers: ok('The switches.', operators.Switches),
  },
  turnSwitch: {
    tag: 'Operators',
    summary: 'Hold a step back, or let it go on',
    description: `\`accept\`: new withdrawals, and retries by clients, are answered 503. \`debit\`, \`on-ramp\`, \`sign\`, \`broadcast\`: nothing new of this kind is begun; withdrawals wait as RETRYING, and what was begun is looked up and brought to its end. \`webhook\`: clients are told later. ${turnedWith}`,
    answers: ok('The switch as it is now.', operators.Switch),
    problems: ['CONFLICT'],
  },
  getProcessor: {
    tag: 'Operators',
    summary: 'Whether payouts are made',
    answers: ok('The processor.', operators.Processor),
  },
  stopProcessor: {
    tag: 'Operators',
    summary: 'Begin nothing more that moves money',
    description: `Withdrawals are accepted all the same, and wait as RETRYING. What was begun is looked up and brought to its end. ${turnedWith}`,
    answers: ok('The processor as it is now.', operators.Processor),
    problems: ['CONFLICT'],
  },
  startProcessor: {
    tag: 'Operators',
    summary: 'Make payouts again',
    description: `What waits goes on within half a minute. ${turnedWith}`,
    answers: ok('The processor as it is now.', operators.Processor),
    problems: ['CONFLICT'],
  },
} as const satisfies Partial<Record<OperationName, Description>>;
