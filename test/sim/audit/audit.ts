/**
 * The auditor: reads rows and the counterparties' truth, believes nobody, and says what does not fit. It
 * imports nothing of the product. One auditor is for one run: `newAudit`, then `afterEvent` after every event, then
 * `atQuiescence` once everything has settled, then `afterGhosts`.
 */
import type { Truth } from '../truth.ts';
import { type Audit, learn, newAudit } from './books.ts';
import { type Expectations, nothingExpected } from './expectations.ts';
import type { Check, Invariant, Seen, Violation } from './invariant.ts';
import { invariants } from './invariants.ts';
import { isQuiet, type News } from './news.ts';

export type { Accepted, Asked, Exception, Expectations, Setup } from './expectations.ts';
export { type Audit, newAudit, nothingExpected, type Violation };

type Time = 'event' | 'quiescent' | 'ghosts';

function judge(seen: Seen, time: Time, checked: readonly Invariant[]): Violation[] {
  return checked.flatMap((invariant) => {
    const check: Check | undefined = invariant[time];
    if (check === undefined) return [];
    return check(seen).map((fault) => ({ invariant: invariant.id, ...fault }));
  });
}

const eventInvariants = invariants.filter(({ event }) => event !== undefined);

/** The withdrawals whose rows have changed, as they are now. */
function changed({ withdrawals }: Audit, { commits }: News) {
  const ids = new Set(
    commits.flatMap((one) => one.withdrawals.map(({ after }) => after?.id ?? '')),
  );
  return [...ids].flatMap((id) => withdrawals.get(id) ?? []);
}

/** Where nothing happens it looks so often. */
const lookEveryMs = 10 * 60_000;

/** What must hold after every event, whatever the outside world does. Looks at what is new since the last call. */
export function afterEvent(audit: Audit, truth: Truth): Violation[] {
  const news = learn(audit, truth);
  const now = truth.world.now();
  if (isQuiet(news) && now < audit.lookAt) return [];
  audit.lookAt = now + lookEveryMs;
  const withdrawals = changed(audit, news);
  const seen: Seen = {
    audit,
    truth,
    news,
    withdrawals,
    expectations: nothingExpected,
    isWhole: false,
  };
  return judge(seen, 'event', eventInvariants);
}

const wholly = (audit: Audit, truth: Truth, time: Time): Violation[] => {
  const news = learn(audit, truth);
  const withdrawals = [...audit.withdrawals.values()];
  const { expectations } = audit;
  const seen: Seen = { audit, truth, news, withdrawals, expectations, isWhole: true };
  return judge(seen, time, invariants);
};

/** What must hold when everything has settled: faults off, providers well, chains final, nothing due. */
export function atQuiescence(audit: Audit, truth: Truth, expectations: Expectations): Violation[] {
  audit.expectations = expectations;
  return wholly(audit, truth, 'quiescent');
}

/** What must still hold when all that was held anywhere is let go. What was expected at quiescence still is. */
export const afterGhosts = (audit: Audit, truth: Truth): Violation[] =>
  wholly(audit, truth, 'ghosts');
