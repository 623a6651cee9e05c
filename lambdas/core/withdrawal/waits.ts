/** What a withdrawal may wait for that is not the usual course: what clients read, and whether a person of ours must act. */

type Wait = { detail: string; needsPerson: boolean };

// biome-ignore format: a table
export const waits = {
  'treasury-short':    { needsPerson: true,  detail: 'Our treasury does not hold enough of the asset on this network at the moment.' },
  'transfers-refused': { needsPerson: true,  detail: 'The token does not let our treasury transfer at the moment.' },
  'gas-short':         { needsPerson: true,  detail: 'Nobody of ours can pay for a transaction on this network at the moment.' },
  'gas-above-cap':     { needsPerson: true,  detail: 'A transaction on this network needs more gas than we pay for at the moment.' },
  'fee-above-cap':     { needsPerson: false, detail: 'Transactions on this network cost more than we pay at the moment.' },
  'node-away':         { needsPerson: false, detail: 'The network is not answering at the moment.' },
  'on-ramp-away':      { needsPerson: false, detail: 'The on-ramp is not answering at the moment.' },
  'on-ramp-account':   { needsPerson: false, detail: 'The on-ramp has not opened our account yet.' },
  'payment-unnamed':   { needsPerson: false, detail: 'The on-ramp says that it has paid, and not yet in which transaction.' },
  'payment-unseen':    { needsPerson: false, detail: 'The payment of the on-ramp is not final on the network yet.' },
  'brokerage-away':    { needsPerson: false, detail: 'The brokerage is not answering at the moment.' },
  'debit-unclear':     { needsPerson: false, detail: 'The brokerage has not said yet whether it took the debit.' },
  'debits-ahead':      { needsPerson: false, detail: 'The brokerage has not answered about one that was accepted before, and the cash may not be enough for both.' },
  'cash-unclear':      { needsPerson: false, detail: 'The brokerage has not confirmed yet that the cash is still there.' },
  'not-given-back':    { needsPerson: false, detail: 'The brokerage has not given the cash back yet.' },
} as const satisfies Record<string, Wait>;

export type WaitReason = keyof typeof waits;
export const waitReasons = Object.keys(waits) as WaitReason[];
