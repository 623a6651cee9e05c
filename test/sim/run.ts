/**
 * One run: clients play while calls fail (chaos), then nothing fails any more (heal) and everything comes to its end
 * (drain), then whatever is still held anywhere is let loose (ghosts). The auditor looks on all the time.
 */
import { breakerOpenMaxMs, wireSendsMax } from '../../lambdas/core/kernel/limits.ts';
import {
  afterEvent,
  afterGhosts,
  atQuiescence,
  type Expectations,
  newAudit,
  type Violation,
} from './audit/audit.ts';
import { batchIn } from './audit/batches.ts';
import { attemptIn } from './audit/rows.ts';
import type { Code } from './bundles.ts';
import { castOf, type Ordered, type WalletKind } from './cast.ts';
import type { Coverage } from './coverage.ts';
import { type Call, type Chaos, noChaos } from './faults.ts';
import { noFaults } from './models/dynamodb-database.ts';
import { noTroubles } from './models/evm-ways.ts';
import { noSqsFaults } from './models/sqs.ts';
import { textOf } from './moves.ts';
import { randomOf } from './random.ts';
import type { Scenario } from './scenario.ts';
import { chainId, chainUnread, network, type Stage, setUp } from './stage.ts';

export type Plan = {
  seed: number;
  code: Code;
  scenario: Scenario;
  chaos: (stage: Stage) => Chaos;
  /** How long the world is as bad as it is when clients have nothing more to say; null: until all has come to an end. */
  chaosMs: number | null;
  /** Whether no call fails. */
  isCalm: boolean;
};
export type Outcome = {
  violations: readonly Violation[];
  calls: readonly Call[];
  /** Those that may fail. */
  fallible: readonly Call[];
  coverage: Coverage;
  story: readonly string[];
  /** In which stage each withdrawal has ended. */
  ends: ReadonlyMap<string, string>;
  virtualMs: number;
};

/** Nothing that is healthy takes longer to come to an end. */
const drainMaxMs = 4 * 24 * 3_600_000;
/** How long ghosts have to do their worst. */
const hauntMs = 10 * 60_000;
/** Longer than money may be under way before reconciliation counts it as standing still. */
const stillMs = 61 * 60_000;
/** What is done on chain is final after this. */
const finalMs = 2 * 60_000;

export async function run({
  seed,
  code,
  scenario,
  chaos,
  chaosMs,
  isCalm,
}: Plan): Promise<Outcome> {
  const stage = setUp({ seed, code, ...scenario.options });
  const began = stage.time.now();
  const audit = newAudit({ chainIds: { [network]: chainId } });
  const violations: Violation[] = [];
  const asked: Ordered[] = [];
  const accepted = new Map<string, Ordered>();
  let firstCall = 0;
  /** What is planted at the end is for reconciliation to find. */
  let looks = true;
  let played: 'playing' | 'played' | Error = 'playing';
  const fails = (): void => {
    firstCall = stage.boundary.calls.length;
    stage.boundary.set(chaos(stage));
    stage.world.tell('run', 'calls may fail from now on');
  };
  try {
    const cast = castOf(stage, randomOf(seed + 2), fails, {
      asked: (order) => asked.push(order),
      accepted: (id, order) => accepted.set(id, order),
    });
    scenario.play(cast).then(
      () => {
        played = 'played';
      },
      (error: unknown) => {
        played = error as Error;
      },
    );
    const goOn = async (until: () => boolean, maxMs: number): Promise<void> => {
      const end = stage.time.now() + maxMs;
      let lookAt = 0;
      while (violations.length === 0 && stage.time.now() < end) {
        if (!(await stage.time.next())) throw new Error('the world has stopped');
        if (played instanceof Error) throw played;
        if (looks && stage.hasChanged())
          violations.push(
            ...afterEvent(audit, stage.truth()),
            // What is settled stays so: whoever should have ended otherwise need not be waited for.
            ...wrongEnds(stage, accepted, isCalm, (end) => end === 'settled'),
          );
        if (stage.time.now() < lookAt) continue;
        lookAt = stage.time.now() + 1_000;
        if (until()) return;
      }
    };
    await goOn(() => played === 'played', drainMaxMs);
    const chaosEnds = stage.time.now() + (chaosMs ?? 0);
    await goOn(
      () => (chaosMs === null ? stage.isQuiet() : stage.time.now() >= chaosEnds),
      drainMaxMs,
    );
    const lastCall = stage.boundary.calls.length;
    heal(stage);
    await goOn(stage.isQuiet, drainMaxMs);
    if (stage.chain.notModelled.length > 0)
      throw new Error(`the chain's model does not know: ${stage.chain.notModelled}`);
    if (violations.length === 0) {
      violations.push(
        ...atQuiescence(audit, stage.truth(), expectationsOf(stage, scenario, asked, accepted)),
      );
      violations.push(...wrongEnds(stage, accepted, isCalm));
    }
    if (violations.length === 0) {
      haunt(stage);
      const hauntEnds = stage.time.now() + hauntMs;
      await goOn(() => stage.time.now() >= hauntEnds && stage.isQuiet(), drainMaxMs);
      violations.push(...afterGhosts(audit, stage.truth()));
    }
    /** Nothing happens on chain meanwhile: to make blocks for nobody takes time. */
    const passes = async (ms: number): Promise<void> => {
      const end = stage.time.now() + ms;
      stage.chain.haltBlocks(true);
      await goOn(() => stage.time.now() >= end, drainMaxMs);
      stage.chain.haltBlocks(false);
    };
    const reconcile = async (): Promise<readonly string[] | null> => {
      let found: readonly string[] | null | undefined;
      void stage.reconcile().then((kinds) => {
        found = kinds;
      });
      await goOn(() => found !== undefined && stage.isQuiet(), drainMaxMs);
      return found ?? null;
    };
    const reconciled = async (named: readonly string[]): Promise<void> => {
      let found = await reconcile();
      const isUnread = (): boolean =>
        found?.includes(chainUnread) === true && !named.includes(chainUnread);
      const isShut = (): boolean =>
        found === null && /circuit breaker/.test(stage.unreconciled.at(-1) ?? '');
      // A chain that has stood still shuts the breaker of whoever asks it meanwhile, and the next run of reconciliation comes later.
      if (isShut() || isUnread()) {
        const askedAgainAt = stage.time.now() + breakerOpenMaxMs;
        await goOn(() => stage.time.now() >= askedAgainAt, drainMaxMs);
        found = await reconcile();
      }
      if (violations.length > 0) return;
      const missing = named.filter((kind) => found?.includes(kind) !== true);
      const why = found === null ? stage.unreconciled.at(-1) : `${missing} is not among ${found}`;
      if (found === null || missing.length > 0 || isUnread())
        violations.push({ invariant: 'INV-R2', subject: 'reconciliation', detail: `${why}` });
    };
    violations.push(...unexplained(stage, isCalm));
    if (violations.length === 0) {
      // To read an hour of blocks one by one takes seconds, and shows nothing that a minute of them does not.
      stage.chain.options.logBlocks = Math.max(stage.chain.options.logBlocks, 100);
      await passes(stillMs);
      await reconciled(doubledWires(stage));
    }
    if (violations.length === 0 && scenario.wrongs !== undefined) {
      const { plant, afterMs, named } = scenario.wrongs;
      plant(stage);
      looks = false;
      const final = stage.time.now() + finalMs;
      await goOn(() => stage.time.now() >= final && stage.isQuiet(), drainMaxMs);
      await passes(afterMs);
      await reconciled(named);
    }
    return {
      violations,
      calls: stage.boundary.calls,
      fallible: stage.boundary.calls.slice(firstCall, lastCall),
      coverage: stage.coverage,
      story: stage.story,
      ends: new Map(stage.stages),
      virtualMs: stage.time.now() - began,
    };
  } finally {
    stage.takeDown();
  }
}

/** Reconciliation may only fail to look where somebody could not be read, and says so; or where it was itself struck. */
function unexplained({ unreconciled }: Stage, isCalm: boolean): Violation[] {
  // The rest is what AWS says of itself, and what is met where its answers are lost (test/sim/wire.ts).
  const ofChaos =
    /^UnavailableError|^TimeoutError|Exception: |crashed|timed out|InternalServerError|socket hang up/;
  const explained = isCalm ? /^UnavailableError/ : ofChaos;
  return unreconciled
    .filter((why) => !explained.test(why))
    .map((detail) => ({ invariant: 'INV-R2', subject: 'reconciliation', detail }));
}

/**
 * The differences that dollars make which were wired twice, for a request was carried out twice on its way. One of them that is
 * shown under other words cannot be told from a stranger's.
 */
function doubledWires({ alpaca }: Stage): string[] {
  const standing = alpaca.truth().wires.filter((wire) => wire.standing);
  const doubled = [...Map.groupBy(standing, ({ memo }) => memo).values()].filter(
    ({ length }) => length > 1,
  );
  const isHidden = ({ memo, shownMemo = memo }: (typeof standing)[number]) => shownMemo !== memo;
  return doubled.map((wires) => (wires.some(isHidden) ? 'wire-unknown' : 'wire-twice'));
}

/** Whether that was so at any time: the withdrawal may be with a person since. */
const hasWireAgain = ({ alpaca }: Stage): boolean =>
  alpaca.truth().wires.some(({ again }) => again);

/** Its dollars were asked for as often as they may be, and no wire came of it that anybody sees. */
const hasNoWireLeft = ({ dynamodb }: Stage, withdrawalId: string): boolean =>
  dynamodb.rows('money').some((row) => {
    const sends = row['sends'];
    return (
      textOf(row, 'pk') === `WD#${withdrawalId}` &&
      textOf(row, 'sk').startsWith('EFFECT#wire#') &&
      sends !== undefined &&
      'N' in sends &&
      Number(sends.N) >= wireSendsMax
    );
  });

function heal({ world, boundary, dynamodb, sqs, alpaca, due, chain }: Stage): void {
  world.tell('run', 'nothing fails any more');
  boundary.set(noChaos);
  Object.assign(dynamodb.faults, noFaults);
  Object.assign(sqs.faults, noSqsFaults);
  Object.assign(chain.options, noTroubles);
  chain.haltFinality(false);
  chain.haltBlocks(false);
  alpaca.heal();
  due.heal();
}

/** Everything that was delayed, kept or thrown away comes back, twice where that can be. */
function haunt({ world, boundary, sqs, chain, replayEvents }: Stage): void {
  world.tell('run', 'ghosts');
  boundary.releaseGhosts();
  replayEvents();
  for (const { raw } of chain.truth().received) chain.replay(raw as `0x${string}`);
  for (const { queue } of sqs.deadLetters()) sqs.redrive(queue.replace('-dead-letters', ''), 2);
}

/** What clients were told, in the auditor's words. */
const decimalsOf: Record<WalletKind, number> = { USD: 2, USDC: 6, ETH: 18, brokerage: 2 };

function expectationsOf(
  stage: Stage,
  { exception }: Scenario,
  asked: readonly Ordered[],
  accepted: ReadonlyMap<string, Ordered>,
): Expectations {
  const common = ({ wallet, key, to }: Ordered) => ({
    tenant: wallet.client.tenant,
    idempotencyKey: key,
    network,
    destination: to,
  });
  const minor = ({ amount }: Ordered, decimals: number): bigint => {
    const [whole = '', fraction = ''] = amount.split('.');
    return BigInt(whole + fraction.padEnd(decimals, '0'));
  };
  return {
    asked: asked.map((order) => ({
      ...common(order),
      microsAtPar: minor(order, order.wallet.kind === 'ETH' ? 18 : 6),
    })),
    accepted: [...accepted].map(([id, order]) => ({
      ...common(order),
      id,
      walletId: order.wallet.id,
      amount: minor(order, decimalsOf[order.wallet.kind]),
    })),
    mayReview: (id) =>
      [
        hasFailedTransfer,
        hasRefusedReturn,
        hasShortPayment,
        isCancelledByOthers,
        hasWireAgain,
        hasNoWireLeft,
      ].some((one) => one(stage, id)),
    mayWait: () => false,
    exceptions: new Map(
      exception === undefined ? [] : [...accepted.keys()].map((id) => [id, exception]),
    ),
  };
}

/** The on-ramp gave up on its transfer and does not say where the dollars are: no program can know. */
const hasFailedTransfer = (stage: Stage, id: string): boolean =>
  transferOf(stage, id)?.status === 'failed';

/** Another amount came than the on-ramp says that it paid: whose loss that is no program can know. */
function hasShortPayment(stage: Stage, id: string): boolean {
  const transfer = transferOf(stage, id);
  const came = stage.chain.truth().transfers.find(({ txHash }) => txHash === transfer?.paidBy);
  return came !== undefined && came.micros !== transfer?.payoutMicros;
}

function transferOf({ dynamodb, due }: Stage, id: string) {
  const effect = dynamodb
    .rows('money')
    .find((row) => textOf(row, 'pk') === `WD#${id}` && textOf(row, 'sk') === 'EFFECT#on-ramp');
  const transferId = textOf(effect ?? null, 'transferId');
  return due.truth().transfers.find((one) => one.id === transferId);
}

/** The brokerage does not take back what it gave: a person has to ask it why. */
const hasRefusedReturn = ({ alpaca }: Stage, id: string): boolean => {
  const { journals, firm } = alpaca.truth();
  return journals.some(
    ({ description, from, moved, status }) =>
      description === id && from === firm && !moved && status === 'refused',
  );
};

/** Somebody has cancelled its authorization, and no bytes of ours did. */
const isCancelledByOthers = ({ chain, dynamodb }: Stage, id: string): boolean => {
  const { canceled, received, foreign = [] } = chain.truth();
  const nonces = dynamodb
    .rows('money')
    .flatMap((row) => {
      if (textOf(row, 'pk').startsWith('BATCH#')) return batchIn(row);
      return textOf(row, 'sk').startsWith('ATTEMPT#') ? [attemptIn(row)] : [];
    })
    .filter(({ withdrawalId }) => withdrawalId === id)
    .map(({ authorization }) => authorization);
  return canceled.some(({ authorization, txHash }) => {
    if (!nonces.includes(authorization)) return false;
    // Of ether the transaction says who; an authorization is cancelled by whoever has signed that.
    return txHash === undefined
      ? !received.some(({ cancels }) => cancels === authorization)
      : foreign.some(({ hash }) => hash === txHash);
  });
};

function wrongEnds(
  stage: Stage,
  accepted: ReadonlyMap<string, Ordered>,
  isCalm: boolean,
  isLookedAt: (end: string) => boolean = () => true,
): Violation[] {
  return [...accepted].flatMap(([id, { ends, orLate = [] }]) => {
    const end = stage.stages.get(id) ?? 'gone';
    if (!isLookedAt(end)) return [];
    const byPerson = hasWireAgain(stage) ? ['review'] : [];
    const allowed = isCalm ? ends : [...ends, ...orLate, ...byPerson];
    if (ends.length === 0 || allowed.includes(end)) return [];
    return [{ invariant: 'INV-END', subject: id, detail: `${end}, not ${allowed}` }];
  });
}
