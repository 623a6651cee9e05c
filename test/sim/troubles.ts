/**
 * Troubles that somebody has to be told of, planted into the simulated world one at a time, and what is measured while they last:
 * by our own functions, and by AWS of queues and functions.
 */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { type Step, steps } from '../../lambdas/core/kernel/steps.ts';
import type { FunctionName } from '../../lib/functions.ts';
import { gasPayers } from '../../local/chains/dev-accounts.ts';
import type { Datum } from '../support/alarm-states.ts';
import { bundle, type Code } from './bundles.ts';
import { type Cast, castOf } from './cast.ts';
import type { Service } from './faults.ts';
import { simulated } from './jobs.ts';
import type { Result } from './lambda.ts';
import type { StreamRecord } from './models/dynamodb-stream.ts';
import { randomOf } from './random.ts';
import { queueUrlOf } from './sources.ts';
import { type Stage, type StageOptions, setUp } from './stage.ts';

export type Trouble = {
  name: string;
  minutes: number;
  options?: Partial<StageOptions>;
  /** What clients do, and what goes wrong meanwhile. */
  play(cast: Cast): Promise<void>;
  /** What operators are told by the API at the end. */
  look?: (stage: Stage) => Promise<unknown>;
};
export type Measured = { name: string; from: number; until: number; data: Datum[]; seen: unknown };

const minute = 60_000;

const functionsOf = [
  ...simulated,
  'gauge',
  'treasury',
  'circuit-breakers',
  'operators',
  'retell',
] as const satisfies readonly FunctionName[];
export const bundleForTroubles = (): Promise<Code> => bundle(functionsOf);

/** Nobody of these answers from now on. */
const away = (cast: Cast, gone: Service): void =>
  cast.stage.boundary.set(({ to }) => (to === gone ? 'timeout-before' : null));

/** Functions that are not run any more, whatever is there for them, and what their sources are told instead. */
const stopped = new Map<FunctionName, () => Promise<Result>>();

type Kind = Parameters<Cast['wallet']>[1];
/** So many withdrawals, one after the other. */
async function withdrawals(
  cast: Cast,
  { kind = 'USDC', many = 1, everyMs = 0, amount = '100.00' }: Partial<Many> = {},
): Promise<void> {
  const wallet = await cast.wallet('alice', kind, kind === 'brokerage' ? undefined : '90000.00');
  cast.begin();
  for (let index = 0; index < many; index += 1) {
    await cast.withdraw(wallet, { amount, key: `order-${index}`, ends: [] });
    await cast.wait(everyMs);
  }
}
type Many = { kind: Kind; many: number; everyMs: number; amount: string };

/** What a client's server was told, in the order in which it took it. */
const heardOf = ({ receivers }: Stage): { id: string; sequence: number; type: string }[] =>
  receivers
    .truth()
    .flatMap(({ requests }) => requests)
    .filter(({ status }) => status !== null && status < 300)
    .map(({ body }) => {
      const { sequence, type, data } = JSON.parse(body);
      return { id: data.id, sequence, type };
    });
const heard: number[] = [];
const onTheHour = { source: 'aws.events', 'detail-type': 'Scheduled Event' };

const operator =
  (operation: Parameters<Stage['operator']['call']>[0]) =>
  async ({ operator }: Stage): Promise<unknown> =>
    (await operator.call(operation, {})).body;

export const troubles: readonly Trouble[] = [
  {
    name: 'none',
    minutes: 70,
    play: async (cast) => {
      await cast.endpoint('alice');
      await withdrawals(cast, { kind: 'USD', many: 6, everyMs: 5 * minute });
    },
    look: operator('getTreasury'),
  },
  {
    name: 'a poison message',
    minutes: 15,
    play: async ({ stage }) => {
      stage.sqs.execute('SendMessage', {
        QueueUrl: queueUrlOf('debit.fifo'),
        MessageBody: 'poison',
        MessageGroupId: 'poison',
        MessageDeduplicationId: 'poison',
      });
    },
  },
  {
    name: 'a dead on-ramp',
    minutes: 30,
    play: async (cast) => {
      away(cast, 'due');
      await withdrawals(cast, { kind: 'USD', many: 3, everyMs: minute });
    },
    look: operator('listCircuitBreakers'),
  },
  {
    name: 'a dead node',
    minutes: 45,
    play: async (cast) => {
      away(cast, 'chain');
      await withdrawals(cast, { many: 3, everyMs: minute });
    },
    look: operator('listCircuitBreakers'),
  },
  {
    name: 'a dead brokerage',
    minutes: 30,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'brokerage');
      // It was well when the withdrawal was accepted, and is not any more when the cash is asked for.
      stopped.set('journal', async () => ({ ok: true, value: undefined }));
      await cast.withdraw(wallet, { amount: '5.00', key: 'first', ends: [] });
      away(cast, 'alpaca');
      stopped.delete('journal');
    },
    look: operator('listCircuitBreakers'),
  },
  {
    name: 'a stopped relay',
    minutes: 25,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      stopped.set('relay', async () => ({ ok: true, value: undefined }));
      for (let index = 0; index < 20; index += 1) {
        await cast.withdraw(wallet, { amount: '10.00', key: `order-${index}`, ends: [] });
        await cast.wait(minute);
      }
    },
  },
  {
    // Its table of webhooks does not answer it. What it has given up by then is told when it is looked for on the hour.
    name: 'a relay that fails for hours',
    minutes: 6 * 60,
    play: async (cast) => {
      const { stage } = cast;
      await cast.endpoint('alice');
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      stage.boundary.set(({ from, to }) =>
        from === 'relay' && to === 'dynamodb' ? 'timeout-before' : null,
      );
      for (let index = 0; index < 16; index += 1) {
        await cast.withdraw(wallet, { amount: '10.00', key: `order-${index}`, ends: [] });
        await cast.wait(15 * minute);
      }
      heard.push(heardOf(stage).length);
      stage.boundary.set(() => null);
      await cast.wait(30 * minute);
      heard.push(heardOf(stage).length);
      for (let hour = 0; hour < 2; hour += 1) {
        const looked = await stage.lambda.invoke('retell', onTheHour);
        if (!looked.ok) throw new Error(looked.why);
        await cast.wait(10 * minute);
      }
    },
    look: async (stage) => ({ counts: heard, events: heardOf(stage) }),
  },
  {
    name: 'an empty treasury',
    minutes: 15,
    play: (cast) => withdrawals(cast, { amount: '20000.00' }),
    look: operator('getTreasury'),
  },
  {
    name: 'a treasury that is low',
    minutes: 12,
    options: { env: { TREASURY_LOW: 'USDC:50000.00' } },
    play: (cast) => withdrawals(cast),
  },
  {
    name: 'dry gas lanes',
    minutes: 15,
    options: { dryLanes: gasPayers.length },
    play: (cast) => withdrawals(cast),
    look: operator('getTreasury'),
  },
  {
    name: 'one dry gas lane',
    minutes: 12,
    options: { dryLanes: 1 },
    play: (cast) => withdrawals(cast),
  },
  {
    name: 'a stuck payout',
    minutes: 60,
    play: async (cast) => {
      cast.stage.chain.haltFinality(true);
      await withdrawals(cast);
    },
    look: operator('listOpenWithdrawals'),
  },
  {
    name: 'an endless backlog',
    minutes: 35,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      // Each run takes all the time that there is, and nothing comes of it.
      stopped.set('debit', async () => {
        await cast.wait(170_000);
        return { ok: true, value: undefined };
      });
      for (let index = 0; index < 120; index += 1) {
        await cast.withdraw(wallet, { amount: '1.00', key: `order-${index}`, ends: [] });
        await cast.wait(15_000);
      }
    },
    look: operator('listOpenWithdrawals'),
  },
  {
    name: 'a step that crashes',
    minutes: 15,
    play: async (cast) => {
      // A wallet's messages wait for each other, and one that was not dealt with comes again after minutes.
      const wallets = [];
      for (let index = 0; index < 8; index += 1)
        wallets.push(await cast.wallet('alice', 'USDC', '500.00'));
      stopped.set('debit', async () => ({ ok: false, why: 'crashed' }));
      for (const wallet of wallets)
        await cast.withdraw(wallet, { amount: '1.00', key: wallet.id, ends: [] });
    },
  },
  {
    name: 'REVIEW',
    minutes: 26 * 60,
    options: { due: { ways: { failed: 1 } } },
    play: (cast) => withdrawals(cast, { kind: 'USD' }),
    look: operator('listOpenWithdrawals'),
  },
  {
    name: 'failures',
    minutes: 125,
    options: { due: { refusals: { err_aml_risk_score_hit: 1 } } },
    play: (cast) => withdrawals(cast, { kind: 'USD', many: 5, everyMs: minute }),
  },
  {
    name: 'payments held back',
    minutes: 20,
    play: async (cast) => {
      await cast.stage.operator.call('stopProcessor', {});
      await withdrawals(cast);
    },
    look: operator('getProcessor'),
  },
];

/** The path of a function or queue in the template, by which the tests know its metrics. */
const functionAt = (name: FunctionName): string => {
  const isOwn = [...steps, 'relay', 'sweep', 'gauge', 'retell'].some((one) => one === name);
  return isOwn ? `${name}/${name}` : `http-api/${name}`;
};

/** When the first of these changes was made. */
const firstOf = (event: object): number =>
  1_000 *
  ((event as { Records: StreamRecord[] }).Records[0]?.dynamodb.ApproximateCreationDateTime ?? 0);

export async function measured(trouble: Trouble, code: Code): Promise<Measured> {
  const ours = {
    GAS_LANES: gasPayers.map(({ address }) => address).join(','),
    // A run of sweep ends within its minute then.
    SWEEP_PASS_MS: '30000',
    EVENT_BUS: 'drawbridge',
  };
  const { options = {}, minutes } = trouble;
  const stage = setUp({ seed: 7, code, ...options, env: { ...ours, ...options.env } });
  const from = stage.time.now();
  const until = from + minutes * minute;
  const data: Datum[] = [];
  const note = (metric: string, value: number, of?: string): void => {
    data.push({ at: stage.time.now(), metric, value, ...(of === undefined ? {} : { of }) });
  };
  const { addMetric, publishStoredMetrics } = Metrics.prototype;
  Metrics.prototype.publishStoredMetrics = function forget() {
    this.clearDimensions();
    return this;
  };
  Metrics.prototype.addMetric = function add(name, _unit, value) {
    note(name, value);
    return this;
  };
  const { invoke } = stage.lambda;
  stage.lambda.invoke = async (name, event) => {
    note('Invocations', 1, functionAt(name));
    if (name === 'relay') note('IteratorAge', stage.time.now() - firstOf(event), functionAt(name));
    const result = await (stopped.get(name)?.() ?? invoke(name, event));
    note('Errors', result.ok ? 0 : 1, functionAt(name));
    return result;
  };
  try {
    // The clock rings here as it does at AWS: the simulation's own rings seldom while nothing changes.
    let isOver = false;
    const rings = (name: 'sweep' | 'gauge', ms: number): void => {
      if (isOver) return;
      void stage.lambda.invoke(name, {});
      stage.world.after(ms, () => rings(name, ms));
    };
    rings('sweep', minute);
    rings('gauge', 5 * minute);
    let failed: unknown = null;
    const register = { asked: () => undefined, accepted: () => undefined };
    const cast = castOf(stage, randomOf(9), () => undefined, register);
    trouble.play(cast).catch((error: unknown) => {
      failed = error;
    });
    let sampleAt = from;
    const goOn = async (isDone: () => boolean): Promise<void> => {
      while (!isDone()) {
        if (!(await stage.time.next())) throw new Error('the world has stopped');
        if (failed !== null) throw failed;
        if (stage.time.now() < sampleAt) continue;
        sampleAt = stage.time.now() + minute;
        for (const step of steps) sampleQueues(stage, step, note);
        note('ApproximateNumberOfMessagesVisible', stage.givenUp(), 'relay/dead-letters.QueueName');
      }
    };
    await goOn(() => stage.time.now() >= until);
    let seen: unknown;
    let hasLooked = trouble.look === undefined;
    void trouble.look?.(stage).then((found) => {
      seen = found;
      hasLooked = true;
    });
    await goOn(() => hasLooked);
    // What is under way ends: a request that hangs for ever would hang in the next world, too.
    isOver = true;
    stopped.clear();
    stage.boundary.set(() => null);
    const over = stage.time.now() + 5 * minute;
    await goOn(() => stage.time.now() >= over);
    return { name: trouble.name, from, until, data: data.filter(({ at }) => at < until), seen };
  } finally {
    Object.assign(Metrics.prototype, { addMetric, publishStoredMetrics });
    stopped.clear();
    stage.takeDown();
  }
}

function sampleQueues(
  { sqs, time }: Stage,
  step: Step,
  note: (metric: string, value: number, of: string) => void,
): void {
  const [oldest] = sqs.messages(`${step}.fifo`);
  const ageMs = oldest === undefined ? 0 : time.now() - oldest.sentAt;
  note('ApproximateAgeOfOldestMessage', ageMs / 1_000, `${step}/queue.QueueName`);
  const { visible } = sqs.counts(`${step}-dead-letters.fifo`);
  note('ApproximateNumberOfMessagesVisible', visible, `${step}/dead-letters.QueueName`);
}
