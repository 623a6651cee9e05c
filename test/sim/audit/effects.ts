/** INV-X5 to X8 and X10: what reached the chain, held against what was saved first. "At most once" is judged here. */
import { BaseError, parseTransaction } from 'viem';
import { type ChainTruth, paymentsIn } from '../truth.ts';
import { always, type Fault, type Invariant, type Seen } from './invariant.ts';
import type { Changed, Commit } from './news.ts';
import { type Attempt, etherToken, type Withdrawal } from './rows.ts';
import { isGivenBack, isSigned } from './stages.ts';

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What left the treasury on the chain as it stands, final or not. */
export const outgoing = ({ transfers, treasuries }: ChainTruth) =>
  transfers.filter(({ from }) => treasuries.some((one) => same(one, from)));
/** Whether an authorization of ours was cancelled: what others cancel of theirs under the same nonce says nothing. */
export const isCancelled = (
  { canceled, treasuries }: ChainTruth,
  nonce: string | undefined,
  isFinally = false,
): boolean =>
  canceled.some(
    ({ by, authorization, final }) =>
      authorization.toLowerCase() === nonce &&
      treasuries.some((one) => same(one, by)) &&
      (final || !isFinally),
  );

/** By the token's own nonce: whose payment it is. */
function byNonce({ audit, truth }: Seen): Fault[] {
  const paid = new Map<string, number>();
  return truth.chains.flatMap((chain) =>
    outgoing(chain).flatMap(({ txHash, to, micros, authorization }): Fault[] => {
      const subject = `${chain.network} ${txHash}`;
      const what = `${micros} to ${to}`;
      if (authorization === null) return [{ subject, detail: `${what} left without a nonce` }];
      const id = audit.byAuthorization.get(`${chain.network} ${authorization.toLowerCase()}`);
      if (id === undefined) return [{ subject, detail: `${what} left under nobody's nonce` }];
      paid.set(id, (paid.get(id) ?? 0) + 1);
      return [
        ...((paid.get(id) ?? 0) > 1 ? [{ subject: id, detail: `paid again in ${txHash}` }] : []),
        ...((audit.attempts.get(id)?.length ?? 0) === 0
          ? [{ subject: id, detail: `paid in ${txHash} without a saved attempt` }]
          : []),
      ];
    }),
  );
}

/** By destination and amount alone: no more payments than withdrawals that may have been paid. */
function byMultiset({ audit, truth }: Seen): Fault[] {
  const payable = new Map<string, number>();
  const place = (network: string, to: string, micros: bigint): string =>
    `${network} ${to.toLowerCase()} ${micros}`;
  for (const one of audit.withdrawals.values()) {
    const maybe = isSigned(one) || one.stage === 'review';
    if (!maybe || isGivenBack(one) || one.payout === null) continue;
    const key = place(one.network, one.destination, one.payout);
    payable.set(key, (payable.get(key) ?? 0) + 1);
  }
  const left = new Map<string, number>();
  for (const chain of truth.chains)
    for (const { to, micros } of outgoing(chain)) {
      const key = place(chain.network, to, micros);
      left.set(key, (left.get(key) ?? 0) + 1);
    }
  return [...left].flatMap(([subject, count]) => {
    const most = payable.get(subject) ?? 0;
    const detail = `${count} payments for ${most} withdrawals`;
    return count > most ? [{ subject, detail }] : [];
  });
}

/** By what clients ever asked for, whatever the product's rows say: its largest payments against their largest wishes. */
function byWishes({ truth, expectations: { asked } }: Seen): Fault[] {
  if (asked === null) return [];
  const wishes = new Map(asked.map((one) => [`${one.tenant} ${one.idempotencyKey}`, one]));
  const descending = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0);
  return truth.chains.flatMap((chain) => {
    const payments = outgoing(chain);
    const destinations = new Set(payments.map(({ to }) => to.toLowerCase()));
    return [...destinations].flatMap((to) => {
      const paid = payments.filter((one) => same(one.to, to)).map(({ micros }) => micros);
      const wanted = [...wishes.values()]
        .filter((one) => one.network === chain.network && same(one.destination, to))
        .map(({ microsAtPar }) => (microsAtPar * 102n) / 100n)
        .sort(descending);
      const tooMuch = paid.sort(descending).some((micros, index) => micros > (wanted[index] ?? 0n));
      const detail = `paid ${paid.join(', ')}; asked for at most ${wanted.join(', ') || 'nothing'}`;
      return tooMuch ? [{ subject: `${chain.network} ${to}`, detail }] : [];
    });
  });
}

export const paidOnce: Invariant = always(
  'INV-X5',
  'A withdrawal is paid at most once: by EIP-3009 nonce, by the multiset of payments, and by what clients asked for.',
  (seen) =>
    seen.isWhole || seen.news.changed.chains || seen.withdrawals.length > 0
      ? [...byNonce(seen), ...byMultiset(seen), ...byWishes(seen)]
      : [],
);

export const excludeEachOther: Invariant = always(
  'INV-X6',
  'All bytes that a node was ever handed for a withdrawal use its one EIP-3009 nonce: at most one of them can pay.',
  ({ audit, news }) =>
    news.received.flatMap(({ chain, one }) =>
      paymentsIn(one).flatMap(({ authorization, to, micros }) => {
        const known = audit.byAuthorization.has(`${chain.network} ${authorization.toLowerCase()}`);
        const detail = `bytes that pay ${micros} to ${to} under ${authorization}, which is nobody's nonce`;
        return known ? [] : [{ subject: `${chain.network} ${one.hash}`, detail }];
      }),
    ),
);

/** What moves a stuck nonce out of the way: a gas key's nothing to itself. */
function isFiller(raw: string, from: string): boolean {
  try {
    const { to, value, data } = parseTransaction(raw as `0x02${string}`);
    return to != null && same(to, from) && (value ?? 0n) === 0n && (data ?? '0x') === '0x';
  } catch (error) {
    if (error instanceof BaseError) return false;
    throw error;
  }
}

export const savedFirst: Invariant = always(
  'INV-X7',
  'When bytes reach a node, an attempt with these very bytes has been saved before; and an attempt is never changed.',
  ({ audit, news }) => [
    ...news.received.flatMap(({ chain, one }): Fault[] => {
      const subject = `${chain.network} ${one.hash}`;
      const { cancels = null, raw, from, afterWrites = Number.MAX_SAFE_INTEGER } = one;
      if (paymentsIn(one).length === 0 && cancels === null) {
        const lane = audit.lanes.has(`${chain.network} ${from.toLowerCase()}`);
        return lane && isFiller(raw, from)
          ? []
          : [{ subject, detail: `${from} sent bytes that are neither a payout nor nothing` }];
      }
      const attempt = audit.byRaw.get(raw.toLowerCase());
      // A nonce of a treasury that belongs to no payout holds up those behind it.
      const isOrphan = !audit.bound.has(`${chain.network} ${from.toLowerCase()} ${one.nonce}`);
      if (attempt === undefined && isOrphan && isFiller(raw, from)) return [];
      return attempt !== undefined && attempt.index < afterWrites
        ? []
        : [{ subject, detail: 'a node had it before it was saved' }];
    }),
    ...news.commits.flatMap((commit) =>
      commit.attempts.flatMap(({ before }) =>
        before === null
          ? []
          : [{ subject: before.withdrawalId, detail: `attempt ${before.number} was changed` }],
      ),
    ),
  ],
);

const signable: ReadonlySet<string> = new Set([
  'reserved signed',
  'converted signed',
  'signed signed',
  'broadcast broadcast',
]);

function attemptFaults(seen: Seen, commit: Commit, attempt: Attempt): Fault[] {
  const { audit, truth } = seen;
  const { withdrawalId: subject, number } = attempt;
  const move: Changed<Withdrawal> | undefined = commit.withdrawals.find(
    ({ after }) => after?.id === subject,
  );
  const fault = (detail: string): Fault => ({ subject, detail: `attempt ${number}: ${detail}` });
  if (move?.after == null || move.before == null) return [fault('saved without its withdrawal')];
  const { before, after } = move;
  const chain = truth.chains.find(({ network }) => network === after.network);
  const edge = `${before.stage} ${after.stage}`;
  const open = audit.holds.get(subject)?.open ?? 0n;
  const isEther = after.asset === 'ETH';
  // What ends a payment of ether is a transfer of nothing to the treasury itself.
  const [payee, value] =
    isEther && attempt.ends ? [attempt.payer, 0n] : [after.destination, after.payout];
  return [
    ...(signable.has(edge) ? [] : [fault(`saved with ${edge}`)]),
    ...(before.barrier === 'OPEN' && after.barrier === 'OPEN' ? [] : [fault('barrier closed')]),
    ...(open === after.amount ? [] : [fault(`signed with ${open} held of ${after.amount}`)]),
    ...(number === before.attempts + 1 && after.attempts === number
      ? []
      : [fault(`counted ${before.attempts} → ${after.attempts}`)]),
    ...(same(attempt.to, payee) ? [] : [fault(`pays to ${attempt.to}`)]),
    ...(attempt.value === value ? [] : [fault(`pays ${attempt.value}`)]),
    ...(attempt.chainId === audit.setup.chainIds[after.network] ? [] : [fault('another chain')]),
    ...(chain !== undefined && same(isEther ? etherToken : chain.token, attempt.token)
      ? []
      : [fault('another token')]),
    ...(attempt.authorization === audit.authorizations.get(subject)
      ? []
      : [fault(`nonce ${attempt.authorization}`)]),
    ...(after.txHash === attempt.hash ? [] : [fault(`hash ${attempt.hash}`)]),
    // From the decision to end it on, nothing else is signed, and before it nothing that ends it.
    ...(attempt.ends === before.isEnding ? [] : [fault(attempt.ends ? 'ends it' : 'pays it')]),
    ...(after.batch === (attempt.batch?.id ?? null) ? [] : [fault(`names batch ${after.batch}`)]),
    ...sharedFaults(seen, attempt).map(fault),
  ];
}

/** What the contract wants to have left before each payment, and what a transaction has already spent by then of its part. */
const gasEach = 150_000n;
/** EIP-7825. */
const transactionGasMax = 16_777_216n;

/** What only those have to keep to that go together: enough gas for each, and no nonce but the one that they all had. */
function sharedFaults({ audit }: Seen, attempt: Attempt): string[] {
  const { withdrawalId, number, batch, from, nonce } = attempt;
  if (batch === null) return [];
  const { members, gas } = batch;
  const last = (audit.attempts.get(withdrawalId) ?? []).find((one) => one.number === number - 1);
  const isSame = last !== undefined && last.from === from && last.nonce === nonce;
  return [
    ...(members > 1 ? [] : ['in a batch by itself']),
    ...(gas >= gasEach * BigInt(members) ? [] : [`${gas} gas for ${members} of them`]),
    ...(gas <= transactionGasMax ? [] : [`${gas} gas in one transaction`]),
    // Whoever was skipped, or lost its nonce, goes alone.
    ...(number === 1 || isSame ? [] : ['in a batch again, and on another nonce']),
  ];
}

export const boundToItsWithdrawal: Invariant = always(
  'INV-X8',
  'What is signed, and what a node is handed, pays exactly what its withdrawal owes, to its destination, with its money held and its barrier open; what is being ended is only cancelled.',
  (seen) => {
    const { audit, news } = seen;
    const signed = news.commits.flatMap((commit) =>
      commit.attempts.flatMap(({ before, after }) =>
        before === null && after !== null ? attemptFaults(seen, commit, after) : [],
      ),
    );
    const handed = news.received.flatMap(({ chain, one }): Fault[] => {
      const attempt = audit.byRaw.get(one.raw.toLowerCase());
      const payments = paymentsIn(one);
      if (attempt !== undefined && attempt.ends !== (payments.length === 0))
        return [{ subject: attempt.withdrawalId, detail: `${one.hash} is not what it is kept as` }];
      return payments.flatMap(({ authorization, to, micros }) => {
        const id = audit.byAuthorization.get(`${chain.network} ${authorization.toLowerCase()}`);
        const withdrawal = id === undefined ? undefined : audit.withdrawals.get(id);
        if (withdrawal === undefined) return [];
        const { destination, payout, id: subject } = withdrawal;
        const detail = `${one.hash} pays ${micros} to ${to}; it owes ${payout} to ${destination}`;
        return same(destination, to) && payout === micros ? [] : [{ subject, detail }];
      });
    });
    return [...signed, ...handed];
  },
);

/** EIP-3009 counts nonces for each payer apart: a second payer's authorization pays once more unless the first is dead. */
export const onePayer: Invariant = always(
  'INV-X12',
  'What one treasury has signed no other signs while the first can still be used; and nobody signs but our treasuries.',
  ({ audit, truth, news }) =>
    news.commits.flatMap((commit) =>
      commit.attempts.flatMap(({ before, after }): Fault[] => {
        if (before !== null || after === null) return [];
        const { withdrawalId: subject, number, payer } = after;
        const network = audit.withdrawals.get(subject)?.network;
        const chain = truth.chains.find((one) => one.network === network);
        const fault = (detail: string): Fault => ({
          subject,
          detail: `attempt ${number}: ${detail}`,
        });
        if (chain?.treasuries.some((one) => same(one, payer)) !== true)
          return [fault(`${payer} pays, who is nobody of ours`)];
        return (audit.attempts.get(subject) ?? [])
          .filter((one) => one.number < number && !same(one.payer, payer))
          .filter(({ validBefore }) => commit.at <= validBefore * 1_000)
          .map((one) => fault(`${payer} signs what ${one.payer} can still pay`));
      }),
    ),
);

/** How many times the dearest block so far may be offered for gas. Prices move, and each replacement adds a quarter. */
const offerMax = 12n;

export const fairlyOffered: Invariant = always(
  'INV-X13',
  'What is offered for gas stands in some proportion to what blocks ask for, whatever a node suggests.',
  ({ news }) =>
    news.received.flatMap(({ chain, one }): Fault[] => {
      const { hash, maxFeePerGas = 0n, dearest } = one;
      const detail = `offers ${maxFeePerGas} wei where no block has asked for more than ${dearest}`;
      return dearest === undefined || maxFeePerGas <= offerMax * dearest
        ? []
        : [{ subject: `${chain.network} ${hash}`, detail }];
    }),
);

/** Of one gas key, in one transaction: the nonces that were bound, against what its record says. */
function laneFaults({ audit }: Seen, commit: Commit): Fault[] {
  const networkOf = (id: string): string => audit.withdrawals.get(id)?.network ?? '?';
  const attempts = commit.attempts.flatMap(({ before, after }) =>
    before === null && after !== null ? [after] : [],
  );
  const taken = new Set<Attempt>();
  const faults = commit.lanes.flatMap(({ before, after }): Fault[] => {
    const lane = after ?? before;
    if (lane === null) return [];
    const { network, address } = lane;
    const subject = `${network} ${address}`;
    if (after === null) return [{ subject, detail: 'its record was taken away' }];
    const all = attempts
      .filter((one) => one.from === address && networkOf(one.withdrawalId) === network)
      .filter(({ nonce }) => nonce >= (before?.next ?? 0))
      .sort((a, b) => a.nonce - b.nonce);
    for (const one of all) taken.add(one);
    // The members of a batch share its bytes, and so its nonce.
    const mine = all.filter(({ raw }, index) => raw !== all[index - 1]?.raw);
    const start = mine[0]?.nonce ?? after.next;
    const gap: number[] = [];
    // A key's first record begins where the chain is; later ones may only skip what the chain has had from it.
    for (let nonce = before?.next ?? start; nonce < start; nonce += 1)
      if (!audit.sent.has(`${network} ${address} ${nonce}`)) gap.push(nonce);
    const contiguous = mine.every(({ nonce }, index) => nonce === start + index);
    return [
      ...(gap.length === 0 ? [] : [{ subject, detail: `skipped ${gap.join(', ')}` }]),
      ...(contiguous && after.next === start + mine.length
        ? []
        : [{ subject, detail: `bound ${mine.map((one) => one.nonce)}, next is ${after.next}` }]),
    ];
  });
  const unrecorded = attempts.flatMap((one): Fault[] => {
    const { withdrawalId: subject, from, nonce, number } = one;
    const owners = audit.bound.get(`${networkOf(subject)} ${from} ${nonce}`)?.ids ?? [];
    if (!owners.includes(subject))
      return [{ subject, detail: `nonce ${nonce} of ${from} is bound to ${owners.join(', ')}` }];
    const again = (audit.attempts.get(subject) ?? []).some(
      (other) => other.number < number && other.from === from && other.nonce === nonce,
    );
    return taken.has(one) || again
      ? []
      : [{ subject, detail: `nonce ${nonce} of ${from} is bound without its record` }];
  });
  return [...faults, ...unrecorded];
}

/** A nonce that never came to the chain holds up all behind it; it may only be missing where nobody needs it any more. */
function neverUsed({ audit, truth }: Seen): Fault[] {
  return [...audit.attempts].flatMap(([id, attempts]) => {
    const network = audit.withdrawals.get(id)?.network;
    const chain = truth.chains.find((one) => one.network === network);
    const nonce = audit.authorizations.get(id);
    const decided =
      chain !== undefined &&
      (outgoing(chain).some(({ authorization }) => authorization?.toLowerCase() === nonce) ||
        isCancelled(chain, nonce));
    if (decided) return [];
    return attempts
      .filter((one) => !audit.sent.has(`${network} ${one.from} ${one.nonce}`))
      .map((one) => ({ subject: id, detail: `nonce ${one.nonce} of ${one.from} was never used` }));
  });
}

export const noncesInOrder: Invariant = {
  id: 'INV-X10',
  says: 'The nonces of a gas key are bound one after the other, each to one withdrawal, in the transaction that saves the attempt; and none is left out.',
  event: (seen) => seen.news.commits.flatMap((commit) => laneFaults(seen, commit)),
  quiescent: (seen) => [
    ...seen.news.commits.flatMap((commit) => laneFaults(seen, commit)),
    ...neverUsed(seen),
  ],
  ghosts: (seen) => seen.news.commits.flatMap((commit) => laneFaults(seen, commit)),
};
