/** Why a withdrawal stands still, and what ends it, in plain words: what a person would want to be told first. */
import type { Line, WaitReason, Withdrawal } from '../api/types.ts';

export type WaitWords = {
  /** Two or three words, for a list; why it stands still; what ends that, by itself or by whom; and where on the page. */
  label: string;
  why: string;
  ends: string;
  where?: readonly [path: string, label: string];
};

const treasury = ['treasury', 'Treasury and gas'] as const;
const providers = ['providers', 'Providers'] as const;
const controls = ['controls', 'Switches'] as const;
const itself = 'It is asked again by itself; nothing has to be done.';
const further = 'It goes on by itself within a minute.';

/** The usual course. */
const inTurn = (label: string, why: string): WaitWords => ({
  ...{ label, why },
  ends: 'Nothing unusual: it goes on by itself.',
});

export const waitWords: Record<WaitReason, WaitWords> = {
  'treasury-short': {
    label: 'Treasury is short',
    why: 'The treasury does not hold enough of the asset on this network.',
    ends: `Send the asset to the treasury’s address. ${further}`,
    where: treasury,
  },
  'transfers-refused': {
    label: 'Token refuses the treasury',
    why: 'The token contract does not let the treasury transfer: it is paused, or the treasury is blocked.',
    ends: `The token’s issuer has to lift it. ${further}`,
    where: treasury,
  },
  'signed-before': {
    label: 'Signed before',
    why: 'A payout of this withdrawal was signed before, and our books have forgotten it.',
    ends: 'A person finds out whether it was paid; the runbook says how.',
    where: treasury,
  },
  'gas-short': {
    label: 'Gas is short',
    why: 'No gas lane can pay for a transaction on this network.',
    ends: `Send the network’s own coin to the gas lanes. ${further}`,
    where: treasury,
  },
  'gas-above-cap': {
    label: 'Gas above the cap',
    why: 'The transaction needs more gas than is allowed for one payout.',
    ends: 'The token has become dearer to move: raise the cap in the configuration, or wait until it is cheap again.',
    where: treasury,
  },
  'fee-above-cap': {
    label: 'Fees above the cap',
    why: 'Transactions on this network cost more than EVM_MAX_FEE_GWEI allows.',
    ends: 'It goes on by itself when fees fall. To pay more, raise the cap in the configuration.',
    where: treasury,
  },
  'slots-short': {
    label: 'All slots are in use',
    why: 'Each nonce account of the treasury carries a payout that is not final yet, or there is none.',
    ends: `It goes on by itself when one of them is final. If it stays so, make more nonce accounts (npm run nonce-accounts). ${further}`,
    where: treasury,
  },
  'payouts-ahead': {
    label: 'Payouts ahead of it',
    why: 'The treasury’s transactions go one after the other, and as many are on their way as a node keeps.',
    ends: `Those before it come into a block. ${further}`,
    where: treasury,
  },
  'send-refused': {
    label: 'Transaction not taken',
    why: 'The payout is signed, and the node does not take its transaction, or does not say that it has.',
    ends: `It is offered again every few seconds, with other fees where that may help. ${further}`,
    where: treasury,
  },
  'payee-refused': {
    label: 'Address refused',
    why: 'The token does not allow a transfer to this address at the moment.',
    ends: 'It goes on when the issuer allows the address again. Two operators can cancel the payout, which gives the money back.',
  },
  'payout-late': {
    label: 'Payout is late',
    why: 'The payout has been on its way for longer than is usual on this network.',
    ends: 'Its fee is raised by itself. When the network includes it, it goes on; two operators can cancel the payout on chain.',
    where: treasury,
  },
  'being-cancelled': {
    label: 'Being cancelled on chain',
    why: 'The payout is being made impossible on the chain.',
    ends: 'When that is final, the money goes back by itself. If the payout was faster, it counts as paid.',
  },
  'payer-replaced': {
    label: 'Payer was replaced',
    why: 'The network does not take what a former treasury has signed, whose key may cancel and nothing else.',
    ends: 'After a day it is cancelled on chain by itself. Two operators may have that at once; those that the same treasury has signed later wait for it.',
    where: treasury,
  },
  'payer-key-missing': {
    label: 'Payer’s key missing',
    why: 'The payout has to be cancelled on chain, or offered anew, and the key of the treasury that signed it is not configured.',
    ends: 'Add the former key (EVM_FORMER_TREASURY_KEYS), which then may cancel and nothing else.',
  },
  'keys-away': {
    label: 'Keys are not signing',
    why: 'The service that keeps the treasury’s keys does not sign, or refuses some of so many at once.',
    ends: `${itself} If it stays so, find out who has changed the key or its policy.`,
    where: treasury,
  },
  'node-away': {
    label: 'Network’s node is away',
    why: 'The node of this network does not answer.',
    ends: `${itself} If it stays away, look at the provider of the node.`,
    where: providers,
  },
  'wrong-chain': {
    label: 'Wrong chain',
    why: 'The node answers for another chain than the one that was used first.',
    ends: 'Correct the node’s URL in the configuration. Nothing is sent to the wrong chain.',
    where: providers,
  },
  'out-of-service': {
    label: 'Network out of service',
    why: 'A setting of this network is wrong, or does not fit what its node says.',
    ends: 'Correct the setting that the log and the treasury view name. Nothing is paid there until then.',
  },
  'on-ramp-away': {
    label: 'On-ramp is away',
    why: 'The on-ramp does not answer.',
    ends: `${itself} If it stays away, ask the on-ramp.`,
    where: providers,
  },
  'on-ramp-account': {
    label: 'On-ramp account not open',
    why: 'The on-ramp has not opened the account that the dollars go to.',
    ends: 'It goes on by itself when the on-ramp has opened it.',
    where: providers,
  },
  'on-ramp-decides': {
    label: 'On-ramp is checking',
    why: 'The on-ramp is looking at this conversion more closely.',
    ends: `The on-ramp decides. ${itself}`,
    where: providers,
  },
  'dollars-late': {
    label: 'Dollars are late',
    why: 'The dollars have not reached the on-ramp yet.',
    ends: `${itself} After a day without them, ask the bank and the on-ramp.`,
  },
  'conversion-late': {
    label: 'Conversion is late',
    why: 'The conversion of the dollars takes longer than is usual.',
    ends: itself,
    where: providers,
  },
  'payment-unnamed': {
    label: 'Payment has no name yet',
    why: 'The on-ramp says that it has paid, and not yet in which transaction.',
    ends: itself,
  },
  'payment-unseen': {
    label: 'Payment not final yet',
    why: 'The on-ramp’s payment is not final on the network yet.',
    ends: itself,
  },
  'brokerage-away': {
    label: 'Brokerage is away',
    why: 'The brokerage does not answer.',
    ends: `${itself} If it stays away, ask the brokerage.`,
    where: providers,
  },
  'debit-unclear': {
    label: 'Debit not clear yet',
    why: 'The brokerage has not said yet whether it took the debit.',
    ends: `${itself} Until then nothing is taken twice.`,
    where: providers,
  },
  'debits-ahead': {
    label: 'Others are ahead',
    why: 'The brokerage has not answered about an earlier one, and the cash may not be enough for both.',
    ends: 'It goes on by itself when the earlier one is decided.',
    where: providers,
  },
  'cash-unclear': {
    label: 'Cash not confirmed',
    why: 'The brokerage has not confirmed yet that the cash is still there.',
    ends: itself,
    where: providers,
  },
  'not-given-back': {
    label: 'Cash not given back yet',
    why: 'The brokerage has not given the cash back yet.',
    ends: itself,
    where: providers,
  },
  switch: {
    label: 'Held by a switch',
    why: 'An operator has switched off the step that comes next.',
    ends: `Switch it on again. ${further}`,
    where: controls,
  },
  'processor-stopped': {
    label: 'Processor is stopped',
    why: 'An operator has stopped everything that moves money.',
    ends: `Start the processor again. ${further}`,
    where: controls,
  },
  'switch-unread': {
    label: 'Switch cannot be read',
    why: 'It cannot be read whether this may go on, so it does not.',
    ends: itself,
    where: controls,
  },
  retry: {
    label: 'Tries again',
    why: 'The last try failed without any harm.',
    ends: 'It is tried again by itself. After the last try the money goes back.',
  },
  review: {
    label: 'A person decides',
    why: 'The outcome cannot be proven either way, so the money stays held.',
    ends: 'One operator proposes what to do with it, and another confirms.',
  },
  journal: inTurn('Brokerage', 'The brokerage is moving the cash.'),
  debit: inTurn('Ledger', 'The wallet’s ledger is about to write it down.'),
  'on-ramp': inTurn('On-ramp', 'The on-ramp is turning the dollars into USDC.'),
  broadcast: inTurn('Signing', 'The payout is about to be signed and sent.'),
  confirm: inTurn('Chain', 'The chain has it, and it becomes final block by block.'),
  refund: inTurn('Brokerage', 'The brokerage is giving the cash back.'),
};

/** The usual course: what a withdrawal waits for while nothing is wrong. */
const usual: ReadonlySet<WaitReason> = new Set([
  ...(['journal', 'debit', 'on-ramp', 'broadcast', 'confirm', 'refund'] as const),
]);
export const isUsual = (reason: WaitReason): boolean => usual.has(reason);

/** The last line of the timeline that says why it waits, for a key that may not see what operators see. */
export function lineThatWaits({ status }: Withdrawal, lines: readonly Line[]): Line | null {
  if (status !== 'RETRYING' && status !== 'REVIEW') return null;
  return lines.findLast(({ detail }) => detail !== undefined) ?? null;
}

/** What ends a wait, for a client, who cannot end it but by cancelling. */
export const endsForClients =
  'Nothing is lost and nothing is paid twice: the money stays held, and it is looked at again by itself.';
