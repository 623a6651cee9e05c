/** Performs batches of withdrawals: each line as POST /v1/withdrawals, by the same checks in the same order. */
import type { Gates } from '../core/breakers/gates.ts';
import { subjectNow } from '../core/kernel/about.ts';
import { gathered } from '../core/kernel/gathered.ts';
import { withdrawalId } from '../core/kernel/ids.ts';
import type { Explorers } from '../core/kernel/networks.ts';
import type { Clock } from '../core/kernel/world.ts';
import { type AcceptWithdrawalWorld, makeAcceptWithdrawal } from '../core/requests/accept.ts';
import { askedOncePerAccount } from '../core/requests/account-check.ts';
import {
  type Batches,
  type Line,
  makeAcceptBatch,
  type Posted,
  type Refused,
} from '../core/requests/batch.ts';
import { lineErrorsMax, linesReadTogether } from '../core/requests/batch-limits.ts';
import { canonicalLine, lineFrom, type SentLine } from '../core/requests/batch-line.ts';
import { batchOf, batchResourceOf } from '../core/requests/batch-members.ts';
import { type LineBuckets, type LineRate, takeLines } from '../core/requests/line-allowance.ts';
import {
  isProblem,
  type Problem,
  problemBody,
  refuse,
  statusOfProblem,
} from '../core/requests/problem.ts';
import { resourceOf } from '../core/requests/resource.ts';
import type { Requests } from '../core/requests/store.ts';
import type { Store } from '../core/store/store.ts';
import type { Withdrawal } from '../core/withdrawal/withdrawal.ts';
import { type Caller, type Handle, type Handlers, idempotencyKeyIn, perform } from './perform.ts';
import { tellOfRefusal } from './refusals.ts';

export type BatchHandling = {
  /** Its clock never says the same twice, so that what is accepted one after the other stays in this order. */
  accepting: AcceptWithdrawalWorld;
  gates: Pick<Gates, 'during'>;
  clock: Clock;
  store: Pick<Store, 'withdrawals'>;
  batches: Batches;
  allowance: { buckets: LineBuckets; rate: LineRate };
  explorers: Explorers;
};
type Shown = ReturnType<typeof resourceOf>;

const notThere = refuse('NOT_FOUND', 'There is no such batch.');
const noneYet = refuse('NOT_FOUND', 'No withdrawal was created under this key.');

/** Performs a line as the operation that it would be alone: the same checks in the same order, and the same refusals. */
async function performAlone(
  accept: ReturnType<typeof makeAcceptWithdrawal>,
  show: (one: Withdrawal) => Shown,
  caller: Caller,
  { key, request }: SentLine,
): Promise<Posted<Shown> | Refused> {
  let posted: Posted<Shown> | null = null;
  let isAsSent = true;
  const handle: Handle<'createWithdrawal'> = async ({ tenant, key: ownKey, body }) => {
    isAsSent = false;
    const accepted = await accept(tenant, ownKey, body);
    if (isProblem(accepted)) return accepted;
    const { item, replayed } = accepted;
    posted = { id: item.id, status: replayed ? 200 : 202, shown: show(item) };
    return { status: posted.status, body: posted.shown };
  };
  const sent = { path: {}, query: {}, idempotencyKey: key, body: () => ({ value: request }) };
  const reply = await perform('createWithdrawal', handle, caller, sent);
  if (isProblem(reply)) return { refused: reply, isAsSent };
  if (posted === null) throw new Error('a line was answered by nobody');
  return posted;
}

/** Lines that look for their withdrawals and wallets at the same moment do so by one request. */
function readTogether(requests: Requests): Requests {
  const read = gathered(linesReadTogether, requests.withdrawalsAndWallets);
  return { ...requests, withdrawalAndWallet: (id, walletId) => read({ id, walletId }) };
}

function linesOf(
  world: AcceptWithdrawalWorld,
  show: (one: Withdrawal) => Shown,
  caller: Caller,
  sent: readonly unknown[],
): Line<Shown>[] {
  const { idSecret, networks, brokerage } = world;
  const requests = readTogether(world.requests);
  const accept = makeAcceptWithdrawal({
    ...{ ...world, requests },
    brokerage: brokerage && askedOncePerAccount(brokerage),
  });
  const look = makeAcceptWithdrawal({ ...world, requests }, async () => noneYet);
  return sent.map((one): Line<Shown> => {
    const line = lineFrom(one);
    const checked = idempotencyKeyIn(line.key);
    const key = isProblem(checked) ? null : checked.key;
    return {
      key: line.key,
      request: canonicalLine(line, networks),
      candidate: key === null ? null : withdrawalId(idSecret, caller.tenant, key, 0),
      lane: key,
      post: () => performAlone(accept, show, caller, line),
      look: () => performAlone(look, show, caller, line),
    };
  });
}

const errorOf = ({ errors, ...problem }: Problem) =>
  problemBody(
    { ...problem, ...(errors && { errors: errors.slice(0, lineErrorsMax) }) },
    subjectNow().requestId ?? '',
  );

/** One line of the log for each kind of refusal, however many lines were refused so. */
function tellOfRefused(refused: readonly Problem[]): void {
  for (const code of new Set(refused.map(({ problem }) => problem)))
    tellOfRefusal({
      route: 'line of POST /v1/withdrawal-batches',
      code,
      status: statusOfProblem(code),
      errors: refused.flatMap(({ problem, errors = [] }) => (problem === code ? errors : [])),
    });
}

export function batchHandlers({
  accepting,
  gates,
  clock,
  store,
  batches,
  allowance,
  explorers,
}: BatchHandling) {
  const show = (one: Withdrawal): Shown => resourceOf(one, explorers);
  const acceptBatch = makeAcceptBatch({ ...accepting, clock, batches, store, show });
  return {
    createWithdrawalBatch: async ({ tenant, by, principal, key, body: { withdrawals } }) => {
      // All callers with a token share a rate at the gateway; here those of one tenant do.
      const counter = by.startsWith('token:') ? `token of ${tenant}` : by;
      const limited = await takeLines({ ...allowance, clock }, counter, withdrawals.length);
      if (limited !== null) return limited;
      const caller = { id: by, principal, tenant, scopes: ['withdrawals:write'] };
      const lines = linesOf(accepting, show, caller, withdrawals);
      const accepted = await gates.during(() => acceptBatch(tenant, key, lines));
      if (isProblem(accepted)) return accepted;
      const { id, replayed, results } = accepted;
      tellOfRefused(results.flatMap((one) => ('refused' in one ? one.refused : [])));
      const answers = results.map((one) =>
        'refused' in one
          ? {
              key: one.key,
              status: statusOfProblem(one.refused.problem),
              error: errorOf(one.refused),
            }
          : { key: one.key, status: one.status, withdrawal: one.shown },
      );
      return {
        status: replayed ? 200 : 202,
        body: { id, results: answers },
        headers: {
          location: `/v1/withdrawal-batches/${id}`,
          ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
        },
      };
    },
    getWithdrawalBatch: async ({ tenant, path: { id } }) => {
      const batch = await batchOf({ batches }, tenant, id);
      return batch === null
        ? notThere
        : { status: 200, body: await batchResourceOf({ store }, batch) };
    },
  } satisfies Handlers;
}
