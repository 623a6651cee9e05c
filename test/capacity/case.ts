/** One case: so much is offered for so long, on so many wallets; what came of it, what it cost, and which wall is next. */
import type { Code } from '../sim/bundles.ts';
import { wait } from '../sim/world.ts';
import { prices } from './aws.ts';
import { type Limit, limitsOf } from './limits.ts';
import { makeWallets, newOffered, type Offered, offer } from './load.ts';
import type { Measured } from './meter.ts';
import { percentile } from './rates.ts';
import { workOf } from './work.ts';
import { type CapacityWorld, type Chain, capacityWorld } from './world.ts';

export type Case = {
  name: string;
  perSecond: number;
  seconds: number;
  wallets: number;
  chain: Chain;
  /** The nodes answer nothing for so long, from the first second on. */
  outageSeconds?: number;
  /** Measures the CPU of functions. */
  measures?: boolean;
};
export type Report = {
  name: string;
  offered: number;
  refused: number;
  /** While something was offered. */
  heldPerSecond: number;
  /** Until the last was completed. */
  completedPerSecond: number;
  acceptMs: Record<'p50' | 'p99', number>;
  /** From one stage to the next. */
  stages: readonly { stage: string; p50: number; p99: number }[];
  outOfOrder: number;
  /** Whatever became of it instead. */
  notCompleted: number;
  /** Writes that met another transaction, which holds their item. */
  conflicts: number;
  backlogSeconds: number;
  units: { written: number; read: number; calls: number; invocations: number; sqs: number };
  dollarsPerMillion: number;
  functions: readonly { name: string; runs: number; things: number; ms: number; failed: number }[];
  limits: readonly Limit[];
  /** Milliseconds of CPU, where they are measured. */
  measured: readonly ({ name: string } & Measured)[];
};

/** The rate grows to what it is to be for so long before anything counts, as functions start and partitions warm up. */
const rampSeconds = 10;
/** What does not end within this long after the last was offered does not end. */
const patienceMs = 4 * 3_600_000;
const creditedMs = 10_000;
const order = ['requested', 'reserved', 'signed', 'broadcast', 'confirmed', 'settled'] as const;

export async function runCase(
  one: Case,
  code: Code,
  progress: (text: string) => void,
): Promise<Report> {
  const offering = newOffered();
  const stage = capacityWorld({
    seed: 1,
    code,
    chain: one.chain,
    writesPerSecond: one.perSecond * 30,
    workOf,
    measures: one.measures === true,
    onMove: (move) => offering.onMove(move, stage.world.now()),
  });
  try {
    return await play(one, stage, offering, progress);
  } finally {
    stage.takeDown();
  }
}

async function play(
  one: Case,
  stage: CapacityWorld,
  offering: ReturnType<typeof newOffered>,
  progress: (text: string) => void,
): Promise<Report> {
  const { time, world, meter } = stage;
  const next = async (): Promise<boolean> => {
    const isOn = await time.next();
    meter?.stop();
    return isOn;
  };
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let end: { value: T } | { error: unknown } | null = null;
    work.then(
      (value) => {
        end = { value };
      },
      (error: unknown) => {
        end = { error };
      },
    );
    while (end === null) if (!(await next())) throw new Error('the world has stopped');
    const ended = end as { value: T } | { error: unknown };
    if ('error' in ended) throw ended.error;
    return ended.value;
  };
  progress(`${one.wallets} wallets`);
  const wallets = await during(makeWallets(stage, one.wallets));
  // Until what they were given is in their ledgers.
  await during(wait(world, creditedMs));
  const before = usageOf(stage);
  const began = world.now();
  let sent = 0;
  const underway = new Set<Promise<void>>();
  const send = (counts: boolean): void => {
    const ends = offer(stage, one.chain, wallets, offering, sent, counts).finally(() =>
      underway.delete(ends),
    );
    sent += 1;
    underway.add(ends);
  };
  const rampMs = rampSeconds * 1_000;
  const offerAll = async (): Promise<void> => {
    for (let second = 0; second < rampSeconds + one.seconds; second += 1) {
      const part = Math.min(1, (second + 1) / (rampSeconds + 1));
      const many = second < rampSeconds ? Math.ceil(one.perSecond * part) : one.perSecond;
      if (second === rampSeconds && one.outageSeconds !== undefined) {
        stage.setOutage(true);
        world.after(one.outageSeconds * 1_000, () => stage.setOutage(false));
      }
      for (let nth = 0; nth < many; nth += 1)
        world.after((nth * 1_000) / many, () => send(second >= rampSeconds));
      await new Promise<void>((resolve) => world.after(1_000, resolve));
      stage.database.tidy();
      if (second === rampSeconds - 1) {
        stage.forgetPeaks();
        meter?.forget();
      }
      progress(`second ${second + 1}: ${sent} offered, ${offering.held.length} held`);
    }
  };
  await during(offerAll());
  const offeredUntil = world.now();
  let told = world.now();
  const open = (): number => offering.courses.size - offering.ended.size;
  while (open() > 0 || underway.size > 0) {
    if (world.now() > offeredUntil + patienceMs) break;
    if (!(await next())) throw new Error('the world has stopped');
    if (world.now() < told + 10_000) continue;
    told = world.now();
    progress(`${Math.round((told - offeredUntil) / 1_000)} s after the last: ${open()} are open`);
  }
  if (stage.notModelled().length > 0) throw new Error(String(stage.notModelled()));
  const measured = { from: began + rampMs, until: offeredUntil };
  return reportOf(one, stage, offering, before, measured);
}

type Usage = ReturnType<typeof usageOf>;
const usageOf = (stage: CapacityWorld) => ({
  ...stage.database.units,
  ...stage.functions.used,
  signatures: stage.keys.used.signatures,
  sqs: stage.sqsRequests(),
});

function reportOf(
  one: Case,
  stage: CapacityWorld,
  offering: Offered,
  before: Usage,
  { from, until }: { from: number; until: number },
): Report {
  const after = usageOf(stage);
  const courses = [...offering.courses.values()];
  const timed = courses.filter(({ sentAt }) => sentAt >= from);
  const spent = (name: keyof Usage): number => (after[name] - before[name]) / courses.length;
  const within = (stageName: string, end: number): number =>
    courses.filter(({ at }) => {
      const time = at.get(stageName);
      return time !== undefined && time >= from && time < end;
    }).length;
  const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
  const stages = order.slice(1).map((to, index) => {
    const before = order[index] ?? '';
    const took = sorted(
      timed.flatMap(({ at }) => {
        const [began, ended] = [at.get(before), at.get(to)];
        return began === undefined || ended === undefined ? [] : [ended - began];
      }),
    );
    return { stage: `${before} → ${to}`, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
  });
  const seconds = (until - from) / 1_000;
  const lastEnd = courses.reduce((most, { at }) => Math.max(most, at.get('settled') ?? 0), until);
  const dollars =
    spent('written') * prices.writeUnit +
    spent('read') * prices.readUnit +
    spent('sqs') * prices.sqsRequest +
    spent('invocations') * prices.invocation +
    spent('gbSeconds') * prices.gbSecond +
    spent('signatures') * prices.signature +
    prices.apiRequest;
  const accept = sorted([...offering.acceptMs]);
  return {
    name: one.name,
    offered: courses.length,
    refused: [...offering.refused.values()].reduce((sum, many) => sum + many, 0),
    heldPerSecond: within('reserved', until) / seconds,
    completedPerSecond: within('settled', Number.POSITIVE_INFINITY) / ((lastEnd - from) / 1_000),
    acceptMs: { p50: percentile(accept, 0.5), p99: percentile(accept, 0.99) },
    stages,
    outOfOrder: outOfOrder(offering),
    notCompleted: courses.filter(({ at }) => !at.has('settled')).length,
    conflicts: after.conflicts - before.conflicts,
    backlogSeconds: (lastEnd - until) / 1_000,
    units: {
      written: spent('written'),
      read: spent('read'),
      calls: spent('calls'),
      invocations: spent('invocations'),
      sqs: spent('sqs'),
    },
    dollarsPerMillion: dollars * 1e6,
    functions: [...stage.functions.perFunction].map(([name, one]) => ({
      name,
      ...{ runs: one.runs, failed: one.failed },
      ...{ things: one.things / one.runs, ms: one.ms / one.runs },
    })),
    limits: limitsOf(stage, one.chain),
    measured: [...(stage.meter?.read() ?? [])].map(([name, one]) => ({ name, ...one })),
  };
}

/** How many were held after one of the same wallet that was asked for when these had been answered already. */
function outOfOrder({ courses, held }: Offered): number {
  const latestSent = new Map<number, number>();
  let many = 0;
  for (const id of held) {
    const course = courses.get(id);
    if (course === undefined || course.answeredAt === null) continue;
    const latest = latestSent.get(course.wallet) ?? 0;
    if (course.answeredAt < latest) many += 1;
    latestSent.set(course.wallet, Math.max(latest, course.sentAt));
  }
  return many;
}
