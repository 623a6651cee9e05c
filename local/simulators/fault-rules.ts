/**
 * The rules for faults of a simulated provider. A rule strikes with a probability, at most so many times, or both. Its seed
 * and the number of the call decide, so that the same calls in the same order meet the same faults.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const ms = z.number().int().min(0).max(86_400_000);
const status = z.number().int().min(500).max(599);
const withheld = z.enum(['silence', 'hang-up']).default('hang-up');

/** The faults of calls; docs/simulators.md explains each of them. */
const callFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('applied-then-timeout'), answer: withheld }),
  z.strictObject({ kind: z.literal('timeout-not-applied'), answer: withheld }),
  z.strictObject({ kind: z.literal('error-after-applying'), status: status.default(500) }),
  z.strictObject({ kind: z.literal('error'), status: status.default(503) }),
  z.strictObject({
    kind: z.literal('delayed-apply'),
    afterMs: ms.default(1_000),
    answer: z.enum(['silence', 'hang-up', 'error']).default('hang-up'),
    status: status.default(504),
  }),
  z.strictObject({ kind: z.literal('duplicate') }),
  z.strictObject({ kind: z.literal('slow'), byMs: ms.default(1_000) }),
  z.strictObject({ kind: z.literal('stale-list'), byMs: ms.default(1_000) }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('429'), forMs: ms.default(1_000) }),
]);
const eventFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('out-of-order'), byMs: ms.default(1_000) }),
  z.strictObject({ kind: z.literal('missing') }),
  z.strictObject({ kind: z.literal('duplicate') }),
  z.strictObject({ kind: z.literal('forged') }),
]);
export type CallFault = z.infer<typeof callFault>;
export type EventFault = z.infer<typeof eventFault>;

const frequency = {
  /** The probability that it strikes a call that it is about. */
  probability: z.number().min(0).max(1).default(1),
  /** How often it strikes at most; null means until it is deleted. */
  times: z.number().int().min(1).nullable().default(null),
  seed: z.number().int().default(1),
};
const Call = z.strictObject({ operation: z.string().min(1), fault: callFault, ...frequency });
const Event = z.strictObject({ event: z.string().min(1), fault: eventFault, ...frequency });
type Scheduled = { calls: number; strikes: number };
export type CallRule = z.infer<typeof Call> & Scheduled;
export type EventRule = z.infer<typeof Event> & Scheduled;
export type Rule = CallRule | EventRule;

const one = z.record(z.string(), z.unknown());
const Body = z.union([one.transform((rule) => [rule]), z.array(one).min(1).max(100)]);

/** The rules in a body: one, or a list. A string says what is wrong with it. */
export function rulesIn(body: unknown): Rule[] | string {
  const given = Body.safeParse(body);
  if (!given.success) return 'a rule, or a list of rules';
  const rules: Rule[] = [];
  for (const { kind, answer, status: code, afterMs, byMs, forMs, ...rest } of given.data) {
    // In the request the fault's fields stand beside the others; in the rule they are an object of their own.
    const own = { kind, answer, status: code, afterMs, byMs, forMs };
    const fault = Object.fromEntries(
      Object.entries(own).filter(([, value]) => value !== undefined),
    );
    const parsed = ('event' in rest ? Event : Call).safeParse({ ...rest, fault });
    if (!parsed.success) return z.prettifyError(parsed.error);
    rules.push({ ...parsed.data, calls: 0, strikes: 0 });
  }
  return rules;
}

/** Counts the call and answers whether the rule strikes it. */
export function strikes(rule: Rule): boolean {
  const { seed, probability, times } = rule;
  if (times !== null && rule.strikes >= times) return false;
  rule.calls += 1;
  const struck = roll(seed, rule.calls) < probability;
  if (struck) rule.strikes += 1;
  return struck;
}

/** A number in [0, 1), the same for the same seed and call. */
function roll(seed: number, call: number): number {
  const digest = createHash('sha256').update(`${seed}#${call}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
