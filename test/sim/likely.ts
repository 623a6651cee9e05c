/**
 * The scenario that shows a planted bug best, which is tried first. One that is not here, or does not show there any more,
 * is looked for as all are, and takes longer.
 */
const shownBy: Readonly<Record<string, readonly string[]>> = {
  brokerage: ['any 5xx of the brokerage is a no'],
  'brokerage, asked twice': [
    'a lost answer is taken for a no',
    'sends are not counted',
    'each attempt of a journal has a key of its own',
    'a wait is never due',
  ],
  'brokerage, short of cash': [
    'what has no answer counts as not taken',
    'the cash is not asked for',
  ],
  replayed: [
    'a replay leaves out its last step',
    'a replay begins anew',
    'an attempt is recorded when it is over',
    'a step of a replay that is made twice opens twice',
  ],

  'disabled while it fails': ['a disabled endpoint is told on', 'an answer of 3xx is success'],
  'brokerage pending': ['a journal that waits is refused'],
  'on-ramp': [
    'any 5xx of the on-ramp is a no',
    'no answer is an answer',
    'the newest block is final',
  ],
  'on-ramp gives back': ['dollars on their way back are back'],
  'on-ramp refuses': [
    'a refund needs no look at what the client cancelled',
    'what is given back still counts for the day',
    'a released hold goes to nobody',
  ],
  'on-ramp refuses, brokerage': [
    'the hold is released without the mirror journal',
    'the hold is released before the mirror journal is executed',
    'the mirror goes the same way as the journal',
  ],
  'on-ramp pays less': ['the on-ramp says what it has paid'],
  'parts of a millionth': ['surplus decimals are cut off'],
  'strange rows': ['a foreign row makes a list unreadable'],
  "strangers under a payout's nonce": ["events of any authorizer are our payer's"],
  'wire, lists behind': ['a wire that is not seen is asked for again at once'],
  'wire, not in the list for a while': ['one look suffices for a second wire'],
  'wires, two in a page': ['only the first page of wires is read'],
  'wire, seen rejected and no longer listed': [
    'a wire that is no longer listed may be wired again',
  ],
  'wire, memo in other words and no answer': ['a memo in other words is another wire’s'],
  'ether, signed with too little gas by a treasury of before': [
    'what a former treasury has signed is waited for for ever',
  ],
  'wrongs while a chain cannot be read': ['a chain that could not be read agrees'],
  'wrongs of a deposit of nobody': ['an unclaimed deposit counts as stock'],
  'wire, strange and unreadable rows': ['reconciliation skips what it could not read'],
  wire: ['the fee is taken out of the wire'],
  'wire, approved late': ['what waits for approval is refused'],
  'deposits, one of two rejected': ['a deposit is claimed before its own wire has gone'],
  'deposits, three alike, lists behind': ['a deposit that is claimed is free'],
  'wire, hours': ['a conversion that takes long says nothing'],
  'wrongs of a journal, a transfer and a payment': [
    'reconciliation overlooks journals of nobody',
    'reconciliation believes the on-ramp that it has paid',
  ],
  'wrongs of long ago': [
    'a block before the checkpoint is verified by nobody',
    'a checkpoint forgets what is held',
  ],
  'a wallet in parts': [
    'only the first part of a wallet’s list is read',
    'only the first part of a wallet’s inbox is read',
    'a wallet’s list is shown without its other parts',
    'a wallet that has grown is read as it was',
  ],
  'a tail that is full': ['a tail that is full is forgotten', 'a tail that has become a row stays'],
  'wrongs of wires': ['reconciliation overlooks wires of nobody'],
  'reconciled meanwhile': ['money that is under way is a difference'],
  'little at once': ['a range of logs that is refused is not divided'],
  'cancelled by somebody else': [
    'a cancelled authorization is a paid one',
    'whoever cancels a payout, it is given back',
  ],
  'frozen after it was signed': ['what is being ended is signed again all the same'],
  together: [
    'a batch is sent before it is saved',
    'all members of a batch have the gas of one',
    'of payments that are alike any will do',
    'reconciliation does not know batches',
  ],
  'together, replaced': [
    'a batch is replaced for one member only',
    'a batch in the place of another is the same attempt',
  ],
  'together, other code at the contract': ['any code carries payouts together'],
  ether: [
    'ether is sent before it is saved',
    'ether goes to whoever pays it',
    'reconciliation does not know nonces',
  ],
  'ether, reorganised': ['the newest block is final for ether'],
  'ether, several': [
    'nonces of the treasury are given out without a record',
    'a nonce of the treasury is left out',
  ],
  'ether, not taken on chain': ['ether that failed on chain is paid'],
  'ether, ended by two people': ['what ends a payout of ether pays it all the same'],
  'ether, its nonce is used by somebody else': ['ether whose nonce somebody else has used is paid'],
  'ether, the first of two is mined': ['only the last attempt of ether is looked at'],
  'a batch': ['a line of a batch that is sent again is another withdrawal'],
  'ether, replaced': ['ether that is offered anew has a nonce of its own'],
  'absurd tips': ['a suggestion of a tip is believed'],
  'treasury changes while it pays': ['the treasury of today has paid whatever was paid'],
  'treasury changes while dollars are converted': [
    'what the on-ramp pays is looked for at the treasury of today',
    'a treasury that only received is forgotten',
  ],
  'reversed before signing': ['the cash is not looked at again before signing'],
  'cancelled while debiting': ['a withdrawal moves whatever its version'],
  'more than there is': ['more is held than there is'],
  'held back': [
    'what is stopped is signed all the same',
    'no switch holds a call back',
    'what is held back fails until it is a dead letter',
  ],
  'two alike': ['keys of one tenant are keys of all'],
  'told to a client': [
    'two events have one id',
    'a new stage is told to nobody',
    'an attempt is made before it is recorded',
    'a delivery is not counted',
  ],
  'told to one that is gone': ['a receiver that is gone is told on'],
  'told once more': [
    'the old secret does not sign along',
    'a redelivery forgets what was before',
    'a redelivery is another event',
  ],
};

export const likelyFor = (bug: string): string | undefined =>
  Object.entries(shownBy).find(([, bugs]) => bugs.includes(bug))?.[0];
