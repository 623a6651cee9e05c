/** One wallet at the brokerage from which much is withdrawn at once, while providers answer badly: how long it takes. */
import { atQuiescence, newAudit, type Violation } from './audit/audit.ts';
import { nothingExpected } from './audit/expectations.ts';
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
  cents?: bigint;
};
export type Took = {
  /** Until the brokerage's cash was held for all of them, and until all had ended. */
  debitedMs: number;
  endedMs: number;
  ends: Record<string, number>;
  violations: readonly Violation[];
};

const hour = 3_600_000;
/** Not what a caller may do itself: that is told in other runs. */
const answers: readonly Fault[] = [
  'timeout-before',
  'timeout-after',
  'error-before',
  'error-after',
  'delayed',
];

export async function busyWallet({ code, seed, withdrawals, failing, cents }: Busy): Promise<Took> {
  const stage = setUp({ seed, code, env: { SWEEP_PASS_MS: '5000' } });
  const random = randomOf(seed + 2);
  const chance = randomOf(seed + 3);
  const fails: Chaos = (call) =>
    (call.to === 'alpaca' || call.to === 'due') && chance.chance(failing)
      ? chance.pick(faultsOf(call).filter((fault) => answers.includes(fault)))
      : null;
  const audit = newAudit({ chainIds: { [network]: chainId } });
  try {
    if (cents !== undefined) stage.alpaca.setCash(brokerageAccounts.alice, cents);
    const register = { asked: () => undefined, accepted: () => undefined };
    const cast = castOf(stage, random, () => stage.boundary.set(fails), register);
    let began = 0;
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
    const untilAll = async (stages: ReadonlySet<string> | null): Promise<number> => {
      const isThere = () =>
        stage.stages.size === withdrawals &&
        [...stage.stages.values()].every((one) =>
          stages === null ? stage.isOver() : !stages.has(one),
        );
      while (!isThere()) {
        if (failed !== null) throw failed;
        if (stage.time.now() > began + 2 * hour && began > 0) {
          const seen: Record<string, number> = {};
          for (const one of stage.stages.values()) seen[one] = (seen[one] ?? 0) + 1;
          console.log(seen);
          const [id] =
            [...stage.stages].find(
              ([, one]) => one === 'debiting' || one === 'converting' || one === 'requested',
            ) ?? [];
          console.log(
            stage.story
              .filter((line) => line.includes(String(id)))
              .slice(0, 30)
              .join('\n'),
          );
          console.log(
            stage.story
              .filter((line) => line.includes(String(id)))
              .slice(-30)
              .join('\n'),
          );
          throw new Error('it takes for ever');
        }
        if (!(await stage.time.next())) throw new Error('the world has stopped');
      }
      return stage.time.now() - began;
    };
    const debitedMs = await untilAll(new Set(['requested', 'debiting']));
    if (process.env['STORY']) {
      const { writeFileSync } = await import('node:fs');
      writeFileSync('/tmp/brok/story.txt', stage.story.join('\n'));
      return { debitedMs, endedMs: 0, ends: {}, violations: [] };
    }
    const endedMs = await untilAll(null);
    const ends: Record<string, number> = {};
    for (const end of stage.stages.values()) ends[end] = (ends[end] ?? 0) + 1;
    const violations = atQuiescence(audit, stage.truth(), nothingExpected);
    return { debitedMs, endedMs, ends, violations };
  } finally {
    stage.takeDown();
  }
}
