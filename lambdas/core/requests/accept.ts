/**
 * Accepts a request under an idempotency key: the first call creates an item, the same request again is answered with that
 * item, and another request under the same key is refused. The item's id is derived from the key, so the item itself is the
 * record of the key (docs/decisions/0002-the-id-is-the-idempotency-key.md).
 */
import type { Brokerage } from '../brokerage/brokerage.ts';
import { isWalletId, sha256, transactionId, type WalletId, withdrawalId } from '../kernel/ids.ts';
import { assetOf, decimals, type Minor, parseAmount } from '../kernel/money.ts';
import type { PayableNetworks } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { isAtBrokerage, type Wallet, type WalletTransaction } from '../ledger/wallet.ts';
import type { Store } from '../store/store.ts';
import type { Switches } from '../switches/switches.ts';
import { counting, countingDay, type Limits } from '../withdrawal/counters.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import { brokerageProblem } from './account-check.ts';
import { dayExceeded, outOfBounds } from './allowance.ts';
import { payable } from './destination.ts';
import { notAccepting, type Problem, refuse, refuseField } from './problem.ts';
import {
  type CreateTransactionRequest,
  type CreateWithdrawalRequest,
  canonicalAmount,
  canonicalJson,
} from './schemas.ts';
import type { Requests } from './store.ts';

export type AcceptWorld = {
  requests: Requests;
  store: Pick<Store, 'counted'>;
  clock: Clock;
  /** The secret that ids are derived with. */
  idSecret: string;
  /** How long an idempotency key is remembered, in ms; `null`: for ever. */
  keyTtlMs: number | null;
  /** How long after it was accepted, in ms, sweep looks at it for the first time. */
  dueAfterMs: number;
  networks: PayableNetworks;
  limits: Limits;
};

/** `brokerage`: the brokerage at which wallets may have their money; `null`: none is set up. */
export type AcceptWithdrawalWorld = AcceptWorld & {
  brokerage: Pick<Brokerage, 'account'> | null;
  switches: Switches;
};

/** `replayed`: an earlier call with the same request created the item. */
export type Accepted<T> = { item: T; replayed: boolean };

type Keyed = { requestHash: string; createdAt: Instant };

/** The first generation of the key that has not expired, with its item if there is one. */
async function generationOf<Id, T extends Keyed>(
  { clock, keyTtlMs }: AcceptWorld,
  idOf: (generation: number) => Id,
  find: (id: Id) => Promise<{ existing: T | null; wallet: Wallet | null }>,
): Promise<{ id: Id; existing: T | null; wallet: Wallet | null }> {
  for (let generation = 0; ; generation += 1) {
    const id = idOf(generation);
    const { existing, wallet } = await find(id);
    const over =
      existing !== null && keyTtlMs !== null && existing.createdAt + keyTtlMs < clock.now();
    if (!over) return { id, existing, wallet };
  }
}

const replay = <T extends Keyed>(existing: T, requestHash: string): Accepted<T> | Problem =>
  existing.requestHash === requestHash
    ? { item: existing, replayed: true }
    : refuse(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key was used for another request. Send a new key.',
      );

const noSuchWallet = refuse('NOT_FOUND', 'There is no such wallet.');

/** The wallet, if this tenant may move money on it. Another tenant's wallet is answered as if it did not exist. */
function usable(wallet: Wallet | null, tenant: string): Wallet | Problem {
  if (wallet === null || wallet.tenant !== tenant) return noSuchWallet;
  return wallet.status === 'ACTIVE'
    ? wallet
    : refuse('WALLET_SUSPENDED', 'The wallet is suspended: nothing can be moved on it.');
}

const amountProblem = (wallet: Wallet): Problem =>
  refuseField(
    'INVALID_AMOUNT',
    '#/amount',
    `More than zero, with at most ${decimals[wallet.currency]} decimals for ${wallet.currency}.`,
  );

/** A request of either kind: what they have in common, and how they differ. */
type Asked<Id, T> = {
  tenant: string;
  walletId: string;
  request: CreateWithdrawalRequest | CreateTransactionRequest;
  idOf(walletId: WalletId, generation: number): Id;
  find(id: Id, walletId: WalletId): Promise<{ existing: T | null; wallet: Wallet | null }>;
  /** Creates the item, after all checks that both kinds have in common. */
  create(checked: Checked<Id>): Promise<Accepted<T> | Problem>;
};
type Checked<Id> = { id: Id; wallet: Wallet; amount: Minor; requestHash: string; now: Instant };

async function acceptOnce<Id, T extends Keyed>(
  world: AcceptWorld,
  { tenant, walletId, request, idOf, find, create }: Asked<Id, T>,
): Promise<Accepted<T> | Problem> {
  if (!isWalletId(walletId)) return noSuchWallet;
  const requestHash = sha256(
    canonicalJson({ ...request, amount: canonicalAmount(request.amount) }),
  );
  const {
    id,
    existing,
    wallet: found,
  } = await generationOf(
    world,
    (generation) => idOf(walletId, generation),
    (one) => find(one, walletId),
  );
  if (existing !== null) return replay(existing, requestHash);
  const wallet = usable(found, tenant);
  if ('problem' in wallet) return wallet;
  const amount = parseAmount(request.amount, wallet.currency);
  if (amount === null) return amountProblem(wallet);
  return create({ id, wallet, amount, requestHash, now: world.clock.now() });
}

/** Accepts a withdrawal, or answers the problem that speaks against it. `create` may look only for what is there already. */
export const makeAcceptWithdrawal =
  (world: AcceptWithdrawalWorld, create = createWithdrawal) =>
  async (
    tenant: string,
    key: string,
    request: CreateWithdrawalRequest,
  ): Promise<Accepted<Withdrawal> | Problem> => {
    const place = payable(world.networks, request);
    if ('problem' in place) return place;
    return acceptOnce<`wd_${string}`, Withdrawal>(world, {
      tenant,
      walletId: request.walletId,
      request: { ...request, destinationAddress: place.destination },
      idOf: (_, generation) => withdrawalId(world.idSecret, tenant, key, generation),
      find: world.requests.withdrawalAndWallet,
      create: ({ id, wallet, amount, requestHash, now }) =>
        create(world, wallet, {
          id,
          tenant,
          walletId: wallet.id,
          atBrokerage: isAtBrokerage(wallet),
          amount,
          currency: wallet.currency,
          asset: place.asset,
          network: place.network,
          destination: place.destination,
          reference: request.reference,
          metadata: request.metadata,
          maxRetries: request.maxRetries,
          idempotencyKey: key,
          requestHash,
          createdAt: now,
          updatedAt: now,
          acceptedAt: now,
          countedOn: countingDay(world.limits, wallet.currency, now),
          cancelRequested: false,
          takeUps: 0,
          version: 1,
          history: [{ stage: 'requested', at: now }],
          retryCount: 0,
          stageRetries: 0,
          nextAttemptAt: null,
          dueAt: (now + world.dueAfterMs) as Instant,
          payoutBarrier: 'OPEN',
          stage: 'requested',
        }),
    });
  };

async function createWithdrawal(
  { requests, store, limits, brokerage, switches }: AcceptWithdrawalWorld,
  wallet: Wallet,
  withdrawal: In<'requested'>,
): Promise<Accepted<Withdrawal> | Problem> {
  const { currency, asset } = withdrawal;
  if (asset !== assetOf(currency))
    return refuseField(
      'CURRENCY_MISMATCH',
      '#/asset',
      `A wallet in ${currency} pays ${assetOf(currency)}, not ${asset}.`,
    );
  const bounds = outOfBounds(limits, withdrawal.amount, withdrawal.currency);
  if (bounds !== null) return bounds;
  const lacking = isAtBrokerage(wallet)
    ? await brokerageProblem(brokerage, wallet, withdrawal.amount)
    : null;
  if (lacking !== null) return lacking;
  // Right before anything is written: what was accepted before is answered all the same.
  if ((await switches.held('accept')) !== null) return notAccepting;
  const counters = counting(limits, withdrawal);
  // The line at a brokerage is in the inbox, and stays there while a journal has no answer.
  const isInboxed = wallet.listed === undefined || isAtBrokerage(wallet);
  const shards = { inbox: isInboxed ? wallet.inboxShards : null, list: wallet.listShards };
  const answer = await requests.createWithdrawal(withdrawal, counters, shards);
  if (answer === null) return { item: withdrawal, replayed: false };
  if ('existing' in answer) return replay(answer.existing, withdrawal.requestHash);
  const counter = counters[answer.refused[0] ?? 0]?.counter;
  if (counter === undefined) throw new Error(`${withdrawal.id} was refused for no reason`);
  return dayExceeded(limits, counter, await store.counted(counter));
}

/** Accepts a credit or debit, or answers the problem that speaks against it. */
export const makeAcceptTransaction =
  (world: AcceptWorld) =>
  async (
    { tenant, by, walletId, key }: { tenant: string; by: string; walletId: string; key: string },
    request: CreateTransactionRequest,
  ): Promise<Accepted<WalletTransaction> | Problem> =>
    acceptOnce<`txn_${string}`, WalletTransaction>(world, {
      tenant,
      walletId,
      request,
      idOf: (wallet, generation) => transactionId(world.idSecret, tenant, wallet, key, generation),
      find: world.requests.transactionAndWallet,
      create: async ({ id, wallet, amount, requestHash, now }) => {
        if (isAtBrokerage(wallet))
          return refuse('CONFLICT', 'The money of this wallet is at the brokerage: move it there.');
        const transaction: WalletTransaction = {
          id,
          tenant,
          walletId: wallet.id,
          type: request.type,
          amount,
          currency: wallet.currency,
          reference: request.reference,
          metadata: request.metadata,
          requestHash,
          requestedBy: by,
          createdAt: now,
          version: 1,
          status: 'PENDING',
        };
        const earlier = await world.requests.createTransaction(transaction, wallet.inboxShards);
        return earlier === null
          ? { item: transaction, replayed: false }
          : replay(earlier, requestHash);
      },
    });
