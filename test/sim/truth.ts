/**
 * What really happened, as the outside world knows it. The auditor reads nothing else but these and the rows that are
 * durable in the DynamoDB model: never the product's API, never its types.
 */
import type { World } from './world.ts';

/** Amounts at banks and providers are cents, on chain micro-USDC. Times are virtual milliseconds. */
export type BrokerageTruth = {
  journals: readonly {
    id: string;
    /** The Idempotency-Key that it was made under; null for the successor of a corrected one. */
    key: string | null;
    from: string;
    to: string;
    cents: bigint;
    description: string;
    status: string;
    /** Whether its cash is moved now: `executed` and not undone. */
    moved: boolean;
    createdAt: number;
  }[];
  /** Every request to make a journal that ever arrived, also those that were refused. */
  requests: readonly {
    key: string | null;
    body: string;
    at: number;
    /** How many writes were committed when it arrived (`truth.writes.length`); so in all that follow. */
    afterWrites?: number;
  }[];
  cash: ReadonlyMap<string, bigint>;
  firm: string;
  /** Every wire of the firm's cash that was ever made. */
  wires: readonly {
    id: string;
    bankId: string;
    /** The account that it goes to. */
    accountNumber: string;
    memo: string;
    /** What arrives. */
    cents: bigint;
    status: string;
    /** Under which words the brokerage shows it, which may be others than it was asked for. */
    shownMemo?: string;
    /** Whether its cash has left, and is not back. */
    standing: boolean;
    arrived: boolean;
    /** Whether the request for it had made another already: it was carried out twice on its way. */
    again: boolean;
    createdAt: number;
    afterWrites?: number;
  }[];
  /** Every request to wire that ever arrived, also those that were refused. */
  wireRequests: readonly { memo: string; cents: bigint; at: number }[];
};

export type OnRampTruth = {
  transfers: readonly {
    id: string;
    quoteToken: string;
    sourceCents: bigint;
    payoutMicros: bigint;
    rail: string;
    status: string;
    /** Whether dollars were taken for it. */
    consumed: boolean;
    refundedCents: bigint;
    /** The transaction on chain that brought the USDC to the treasury. */
    paidBy: string | null;
    /** The virtual account whose deposit made it; null: it was asked for. */
    accountId: string | null;
    /** The wire that brought its dollars; null: it drew them, or has none. */
    wireId: string | null;
    createdAt: number;
    afterWrites?: number;
  }[];
  /** Every wire that has arrived there, and the transfer that its dollars are in; null: they are nobody's. */
  arrivals: readonly { wireId: string; memo: string; cents: bigint; transferId: string | null }[];
  /** The numbers of the bank accounts that dollars for us are wired to. */
  accountNumbers: readonly string[];
};

export type ChainTruth = {
  network: string;
  token: string;
  /** All that ever signed payouts for us: EIP-3009 counts the nonces of each apart. */
  treasuries: readonly string[];
  /** Every ERC-20 Transfer of the canonical chain, in its order, and what treasuries sent of ether. `final`: it can no longer be undone. */
  transfers: readonly {
    from: string;
    to: string;
    micros: bigint;
    txHash: string;
    blockNumber: number;
    logIndex: number;
    /** The EIP-3009 nonce that it used up, of ether the treasury's own (`<address>#<nonce>`); null for another kind of transfer. */
    authorization: string | null;
    final: boolean;
  }[];
  /** Every byte string that a node was ever handed, also those it refused. */
  received: readonly {
    at: number;
    raw: string;
    hash: string;
    from: string;
    nonce: number;
    /** What it would pay; null when it is no `transferWithAuthorization`. */
    payment: { to: string; micros: bigint; authorization: string } | null;
    /** What it would pay through the contract that carries payouts together. */
    batch?: readonly { to: string; micros: bigint; authorization: string }[];
    /** Its gas limit. */
    gas?: bigint;
    /** The EIP-3009 nonce that it would cancel; null when it is no `cancelAuthorization`. */
    cancels?: string | null;
    /** What it offers for a unit of gas, and the most that any block has asked for until then with its tip; in wei. */
    maxFeePerGas?: bigint;
    dearest?: bigint;
    afterWrites?: number;
  }[];
  /** `by`: whose authorization it was; anybody may cancel theirs under the nonce of one of ours. */
  canceled: readonly {
    by: string;
    authorization: string;
    blockNumber: number;
    final: boolean;
    /** Of ether, the transaction that used the nonce up without paying for anybody of ours. */
    txHash?: string;
  }[];
  /** What others have sent with the keys of our treasuries: whatever it pays, it is no payment of ours. */
  foreign?: readonly { hash: string; from: string; nonce: number }[];
};

/** All that these bytes would pay, by themselves or through the contract. */
export const paymentsIn = ({
  payment,
  batch = [],
}: Pick<ChainTruth['received'][number], 'payment' | 'batch'>) =>
  payment === null ? batch : [payment, ...batch];

export type ReceiverTruth = {
  /** Name or address, in lower case. */
  host: string;
  /** Every connection that was tried to it, and to which address: whatever then became of it. */
  connections: readonly { at: number; address: string; port: number; secure: boolean }[];
  requests: readonly {
    at: number;
    /** All of it, with its query. */
    url: string;
    address: string;
    method: string;
    /** Names in lower case. */
    headers: Readonly<Record<string, string>>;
    body: string;
    /** What the receiver answered; null when it never did, or the answer was lost. */
    status: number | null;
    afterWrites?: number;
  }[];
};

/** A request to move money as the product sent it, whatever became of it on its way. */
export type Sent = {
  at: number;
  to: 'alpaca' | 'due';
  path: string;
  /** Its Idempotency-Key. */
  key: string | null;
  body: string;
  afterWrites: number;
};

/** A row as DynamoDB holds it: attribute values in their wire form (`{ S: … }`, `{ N: … }`). */
export type Row = Readonly<Record<string, AttributeValue>>;
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: readonly AttributeValue[] }
  | { M: Readonly<Record<string, AttributeValue>> }
  | { SS: readonly string[] }
  | { NS: readonly string[] };

/** A committed write. All of one transaction share `transaction`. */
export type Write = {
  at: number;
  transaction: number;
  table: string;
  before: Row | null;
  after: Row | null;
};

export type Truth = {
  world: World;
  brokerage: BrokerageTruth;
  onRamp: OnRampTruth;
  chains: readonly ChainTruth[];
  receivers: readonly ReceiverTruth[];
  sent: readonly Sent[];
  /** When signed bytes left for a node. */
  handed: readonly number[];
  rows: Readonly<Record<'money' | 'webhooks' | 'control', readonly Row[]>>;
  /** Every write since the run began, in order. */
  writes: readonly Write[];
  deadLetters: readonly { queue: string; body: string }[];
};
