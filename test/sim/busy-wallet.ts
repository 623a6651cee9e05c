/** One wallet at the brokerage from which much is withdrawn at once, while providers answer badly: how long it takes. */
import { afterEvent, newAudit, type Violation } from './audit/audit.ts';
import type { Code } from './bundles.ts';
import { type Cast, castOf } from './cast.ts';
import { type Chaos, type Fault, faultsOf } from './faults.ts';
import { randomOf } from './random.ts';
import { brokerageAccounts, chainId, network, setUp } from './stage.ts';

export type Busy = {
  code: Code;
  seed: number;
  withdrawals: number;
  /** The part of the providers' calls that go wrong. */
  failing: number;
  /** What the account has; the withdrawals are of 10.00 each. */
  cents: bigint;
};
export type Took = {
  /** Until the brokerage's cash was held for all of them, or refused. */
  ms: number;
  held: number;
  violations: readonly Violation[];
};

const hour = 3_600_000;
/** What becomes of an answer; that a caller dies is told in other runs. */
const answers: readonly Fault[] = [
  'timeout-before',
  'timeout-after',
  'error-before',
  'error-after',
  'delayed',
];

export async function busyWallet(busy: Busy): Promise<Took> {
  const { code, seed, withdrawals, failing, cents } = busy;
  const stage = setUp({ seed, code, env: { SWEEP_PASS_MS: '5000', POLL_MS: '15000' } });
  const chance = randomOf(seed + 3);
  const fails: Chaos = (call) =>
    (call.to === 'alpaca' || call.to === 'due') && chance.chance(failing)
      ? chance.pick(faultsOf(call).filter((fault) => answers.includes(fault)))
      : null;
  const audit = newAudit({ chainIds: { [network]: chainId } });
  try {
    stage.alpaca.setCash(brokerageAccounts.alice, cents);
    const register = { asked: () => undefined, accepted: () => undefined };
    const cast = castOf(stage, randomOf(seed + 2), () => stage.boundary.set(fails), register);
    let began = Number.POSITIVE_INFINITY;
    let failed: unknown = null;
    const play = async ({ wallet, begin, withdraw }: Cast): Promise<void> => {
      const one = await wallet('alice', 'brokerage');
      begin();
      began = stage.time.now();
      const wanted = { amount: '10.00', ends: [], maxRetries: 10 };
      const keys = Array.from({ length: withdrawals }, (_, index) => `order-${index}`);
      await Promise.all(keys.map((key) => withdraw(one, { ...wanted, key })));
    };
    play(cast).catch((error: unknown) => {
      failed = error;
    });
    const waiting = new Set(['requested', 'debiting']);
    const isOver = () =>
      stage.stages.size === withdrawals &&
      [...stage.stages.values()].every((at) => !waiting.has(at));
    const violations: Violation[] = [];
    let lookAt = 0;
    while (!isOver() && violations.length === 0) {
      if (failed !== null) throw failed;
      if (stage.time.now() > began + 12 * hour) throw new Error('it takes for ever');
      if (!(await stage.time.next())) throw new Error('the world has stopped');
      // The auditor reads all that is new since it looked last, so looking less often misses nothing of what was written.
      if (stage.time.now() < lookAt || !stage.hasChanged()) continue;
      lookAt = stage.time.now() + 1_000;
      violations.push(...afterEvent(audit, stage.truth()));
    }
    const ends = [...stage.stages.values()];
    const held = ends.filter((at) => at !== 'rejected' && at !== 'cancelled').length;
    return { ms: stage.time.now() - began, held, violations };
  } finally {
    stage.takeDown();
  }
}
