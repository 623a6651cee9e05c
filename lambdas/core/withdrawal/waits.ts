/** What a withdrawal may wait for that is not the usual course: what clients read, and when somebody of ours must look. */

/**
 * `alarm`: after how many minutes an alarm is raised. `patience`: up to how many minutes those that have waited for long are left
 * alone; 0: they are looked at as soon as the step that lets them wait says.
 */
type Wait = { detail: string; alarm: number; patience: number };

// biome-ignore format: a table
export const waits = {
  'treasury-short':    { alarm: 1,  patience: 0,  detail: 'Our treasury does not hold enough of the asset on this network at the moment.' },
  'transfers-refused': { alarm: 1,  patience: 0,  detail: 'The token does not let our treasury transfer at the moment.' },
  'signed-before':     { alarm: 1,  patience: 0,  detail: 'The payout may have been made before, and our operators look for it.' },
  'gas-short':         { alarm: 1,  patience: 0,  detail: 'Nobody of ours can pay for a transaction on this network at the moment.' },
  'gas-above-cap':     { alarm: 1,  patience: 0,  detail: 'A transaction on this network needs more gas than we pay for at the moment.' },
  'fee-above-cap':     { alarm: 1,  patience: 0,  detail: 'Transactions on this network cost more than we pay at the moment.' },
  'slots-short':       { alarm: 10, patience: 0,  detail: 'All that carries payouts on this network is in use at the moment.' },
  'payouts-ahead':     { alarm: 60, patience: 0,  detail: 'Payouts that were signed before have to be on the network first.' },
  'send-refused':      { alarm: 10, patience: 0,  detail: 'The network does not take the transaction of this payout at the moment.' },
  'payee-refused':     { alarm: 1,  patience: 0,  detail: 'The token does not allow a transfer to this address at the moment.' },
  'payout-late':       { alarm: 1,  patience: 0,  detail: 'The payout is on its way for longer than is usual on this network.' },
  'being-cancelled':   { alarm: 60, patience: 0,  detail: 'The payout is being cancelled on chain.' },
  'payer-replaced':    { alarm: 1,  patience: 0,  detail: 'The network does not take what a former treasury of ours has signed, and the payout is cancelled on chain if that does not change.' },
  'payer-key-missing': { alarm: 1,  patience: 0,  detail: 'The payout is to be cancelled on chain, which nobody of ours can sign at the moment.' },
  'keys-away':         { alarm: 10, patience: 1,  detail: 'Our keys are not signing at the moment.' },
  'node-away':         { alarm: 10, patience: 1,  detail: 'The network is not answering at the moment.' },
  'wrong-chain':       { alarm: 1,  patience: 0,  detail: 'The network is not the one that it was at the moment.' },
  'out-of-service':    { alarm: 1,  patience: 0,  detail: 'Our settings of this network are wrong at the moment.' },
  'on-ramp-away':      { alarm: 10, patience: 60, detail: 'The on-ramp is not answering at the moment.' },
  'on-ramp-account':   { alarm: 10, patience: 0,  detail: 'The on-ramp has not opened our account yet.' },
  'on-ramp-decides':   { alarm: 60, patience: 60, detail: 'The on-ramp is looking at the conversion more closely.' },
  'dollars-late':      { alarm: 60, patience: 60, detail: 'Our dollars have not reached the on-ramp yet.' },
  'conversion-late':   { alarm: 60, patience: 60, detail: 'The conversion of the dollars takes longer than is usual.' },
  'payment-unnamed':   { alarm: 60, patience: 0,  detail: 'The on-ramp says that it has paid, and not yet in which transaction.' },
  'payment-unseen':    { alarm: 60, patience: 0,  detail: 'The payment of the on-ramp is not final on the network yet.' },
  'brokerage-away':    { alarm: 10, patience: 15, detail: 'The brokerage is not answering at the moment.' },
  'debit-unclear':     { alarm: 60, patience: 0,  detail: 'The brokerage has not said yet whether it took the debit.' },
  'debits-ahead':      { alarm: 60, patience: 0,  detail: 'The brokerage has not answered about one that was accepted before, and the cash may not be enough for both.' },
  'cash-unclear':      { alarm: 60, patience: 0,  detail: 'The brokerage has not confirmed yet that the cash is still there.' },
  'not-given-back':    { alarm: 60, patience: 0,  detail: 'The brokerage has not given the cash back yet.' },
  'switch':            { alarm: 10, patience: 0,  detail: 'Our operators hold this step back at the moment.' },
  'processor-stopped': { alarm: 10, patience: 0,  detail: 'Our operators hold all payments back at the moment.' },
  'switch-unread':     { alarm: 1,  patience: 0,  detail: 'Whether this may go on cannot be read at the moment.' },
} as const satisfies Record<string, Wait>;

export type WaitReason = keyof typeof waits;
export const waitReasons = Object.keys(waits) as WaitReason[];
