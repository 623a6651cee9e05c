/**
 * Accepts many withdrawals at once. Each line stands alone: it is posted under its own key by the same code that accepts a
 * withdrawal, so a crash between two lines loses nothing, and the same batch again goes on where it was left. The batch's own
 * key remembers the whole: which lines there were, and why some were refused (docs/batches.md).
 */
import { UnavailableError } from '../kernel/errors.ts';
import {
  sha256,
  type WithdrawalBatchId,
  type WithdrawalId,
  withdrawalBatchId,
} from '../kernel/ids.ts';
import { eachSideBySide, type InTurn, inTurn } from '../kernel/side-by-side.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Store } from '../store/store.ts';
import { isCounting } from '../withdrawal/counters.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AcceptWithdrawalWorld } from './accept.ts';
import { batchBeginMs, linesSideBySide } from './batch-limits.ts';
import { isProblem, notAccepting, type Problem, refuse, statusOfProblem } from './problem.ts';
import { canonicalJson } from './schemas.ts';

/** A batch as it is kept: a line's withdrawal, where it has one, and the refusals that the line itself does not tell. */
export type WithdrawalBatch = {
  id: WithdrawalBatchId;
  tenant: string;
  requestHash: string;
  createdAt: Instant;
  /**
   * The withdrawal of each line; `null` for one that was refused. Until the batch has been through to its end: what its lines
   * would be called, whether they are there or not.
   */
  members: readonly (WithdrawalId | null)[];
  /** By the number of the line; `null` until the batch has been through to its end. */
  refusals: ReadonlyMap<number, Problem> | null;
};

/** The port of the batches. Reads are consistent, and nothing is ever taken away. */
export type Batches = {
  find(id: WithdrawalBatchId): Promise<WithdrawalBatch | null>;
  /** `false`, and nothing written: it is there already. */
  create(batch: WithdrawalBatch): Promise<boolean>;
  /** Keeps what became of the lines. `false`, and nothing written: that is kept already. */
  finish(batch: WithdrawalBatch): Promise<boolean>;
};

/** A line that has a withdrawal. 202: it has just been created; 200: it was there. */
export type Posted<Shown> = { id: WithdrawalId; status: 200 | 202; shown: Shown };
/** `isAsSent`: the refusal follows from the line itself, and will be the same each time. */
export type Refused = { refused: Problem; isAsSent: boolean };

/** A line, with what it has to be told apart by and what there is to do with it. */
export type Line<Shown> = {
  /** As it was sent, for the answer; `null` when it was none. */
  key: string | null;
  /** Its request without what means nothing, such as the order of its fields. */
  request: unknown;
  /** Its withdrawal as long as keys are remembered for ever; `null` for a key that is none. */
  candidate: WithdrawalId | null;
  /** Lines of one lane are posted one after the other, in their order; `null`: it waits for no other. */
  lane: string | null;
  /** Posts it as if it had been posted alone. */
  post(): Promise<Posted<Shown> | Refused>;
  /** The same without creating anything: a line that has no withdrawal is refused, for whatever reason. */
  look(): Promise<Posted<Shown> | Refused>;
};

export type LineResult<Shown> = { key: string | null } & (Posted<Shown> | { refused: Problem });
export type AcceptedBatch<Shown> = {
  id: WithdrawalBatchId;
  replayed: boolean;
  results: readonly LineResult<Shown>[];
};

export type BatchWorld<Shown> = Pick<
  AcceptWithdrawalWorld,
  'clock' | 'idSecret' | 'keyTtlMs' | 'switches' | 'limits'
> & {
  batches: Batches;
  store: Pick<Store, 'withdrawals'>;
  show(withdrawal: Withdrawal): Shown;
};

const reused = refuse(
  'IDEMPOTENCY_KEY_REUSED',
  'This Idempotency-Key was used for another batch. Send a new key.',
);
/** Some lines may have been accepted: they stay so, and are found again by their keys. */
const unfinished = refuse(
  'TEMPORARILY_UNAVAILABLE',
  'Not every line could be accepted now. Send the same batch again with the same Idempotency-Key: it goes on where it was left.',
);

/** Accepts a batch, or answers the problem that speaks against all of it. */
export const makeAcceptBatch =
  <Shown>(world: BatchWorld<Shown>) =>
  async (
    tenant: string,
    key: string,
    lines: readonly Line<Shown>[],
  ): Promise<AcceptedBatch<Shown> | Problem> => {
    const requestHash = sha256(canonicalJson(lines.map(({ request }) => request)));
    const begun = await begin(world, tenant, key, { requestHash, lines });
    if (isProblem(begun)) return begun;
    const { batch, isNew } = begun;
    if (batch.requestHash !== requestHash) return reused;
    const results =
      batch.refusals === null ? await goOn(world, batch, lines) : await replay(world, batch, lines);
    return 'problem' in results ? results : { id: batch.id, replayed: !isNew, results };
  };

type Asked = { requestHash: string; lines: readonly Pick<Line<unknown>, 'candidate'>[] };

/** The batch of this key, which is created when there is none. */
async function begin(
  { batches, clock, idSecret, keyTtlMs, switches }: Omit<BatchWorld<unknown>, 'show' | 'store'>,
  tenant: string,
  key: string,
  { requestHash, lines }: Asked,
): Promise<{ batch: WithdrawalBatch; isNew: boolean } | Problem> {
  for (let generation = 0; ; generation += 1) {
    const id = withdrawalBatchId(idSecret, tenant, key, generation);
    const found = await batches.find(id);
    const now = clock.now();
    if (found !== null && keyTtlMs !== null && found.createdAt + keyTtlMs < now) continue;
    if (found !== null) return { batch: found, isNew: false };
    // A batch of which nothing can be accepted uses up no key.
    if ((await switches.held('accept')) !== null) return notAccepting;
    const members = lines.map(({ candidate }) => candidate);
    const batch = { id, tenant, requestHash, createdAt: now, members, refusals: null };
    if (await batches.create(batch)) return { batch, isNew: true };
    const other = await batches.find(id);
    if (other === null) throw new Error(`${id} is gone`);
    return { batch: other, isNew: false };
  }
}

/** Posts every line, and keeps what became of each. Where another request has kept something else before, that is answered. */
async function goOn<Shown>(
  world: BatchWorld<Shown>,
  batch: WithdrawalBatch,
  lines: readonly Line<Shown>[],
): Promise<readonly LineResult<Shown>[] | Problem> {
  const { batches, clock, limits } = world;
  // What counts against one day's limit is counted in the order of the lines: the first of them that fit are accepted.
  const width = isCounting(limits) ? 1 : linesSideBySide;
  const until = later(clock.now(), batchBeginMs);
  const posted = await postAll(lines, width, () => clock.now() < until);
  const results: LineResult<Shown>[] = [];
  const refusals = new Map<number, Problem>();
  for (const [index, { key }] of lines.entries()) {
    const one = posted.get(index);
    if (one === undefined || isPassing(one)) return unfinished;
    if ('refused' in one && !one.isAsSent) refusals.set(index, one.refused);
    results.push({ key, ...one });
  }
  const members = results.map(idIn);
  if (await batches.finish({ ...batch, members, refusals })) return results;
  const kept = await batches.find(batch.id);
  if (kept === null) throw new Error(`${batch.id} is gone`);
  const theirs = await replay(world, kept, lines);
  return results.map((ours, index) => {
    const other = theirs[index] ?? ours;
    return idIn(ours) !== null && idIn(ours) === idIn(other) ? ours : other;
  });
}

const idIn = <Shown>(one: LineResult<Shown>): WithdrawalId | null =>
  'refused' in one ? null : one.id;

/** Nothing was decided about the line. */
const isPassing = <Shown>(one: Posted<Shown> | Refused): boolean =>
  'refused' in one && statusOfProblem(one.refused.problem) >= 500;

/** Posts the lines side by side, and those of one lane after each other, until one of them cannot be posted now. */
async function postAll<Shown>(
  lines: readonly Line<Shown>[],
  width: number,
  mayBegin: () => boolean,
): Promise<ReadonlyMap<number, Posted<Shown> | Refused>> {
  const posted = new Map<number, Posted<Shown> | Refused>();
  const lanes = new Map<string, InTurn>();
  let hasStopped = false;
  const post = async (index: number, line: Line<Shown>): Promise<void> => {
    if (hasStopped) return;
    const one = await line.post();
    posted.set(index, one);
    hasStopped ||= isPassing(one);
  };
  await eachSideBySide(
    [...lines.entries()],
    width,
    ([index, line]) => {
      if (line.lane === null) return post(index, line);
      const turn = lanes.get(line.lane) ?? inTurn();
      lanes.set(line.lane, turn);
      return turn(() => post(index, line));
    },
    () => !hasStopped && mayBegin(),
  );
  return posted;
}

/** What became of the lines, as it is now. Nothing is created: a line that was refused stays so, unless it was posted alone. */
async function replay<Shown>(
  { store, show }: Pick<BatchWorld<Shown>, 'store' | 'show'>,
  { id, members, refusals }: WithdrawalBatch,
  lines: readonly Line<Shown>[],
): Promise<LineResult<Shown>[]> {
  const found = await store.withdrawals(members.flatMap((member) => member ?? []));
  const byId = new Map(found.map((one) => [one.id, one]));
  const results: LineResult<Shown>[] = [];
  await eachSideBySide([...lines.entries()], linesSideBySide, async ([index, line]) => {
    const { key } = line;
    const member = members[index] ?? null;
    if (member !== null) {
      const withdrawal = byId.get(member);
      if (withdrawal === undefined) throw new UnavailableError(`${id}: ${member} cannot be read`);
      results[index] = { key, id: member, status: 200, shown: show(withdrawal) };
      return;
    }
    const one = await line.look();
    results[index] =
      'refused' in one ? { key, refused: refusals?.get(index) ?? one.refused } : { key, ...one };
  });
  return results;
}
