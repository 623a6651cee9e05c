/**
 * Decides what becomes of a funded transfer: it is approved and paid, unless a rule of `/_courses` says otherwise
 * (docs/simulators.md). The course is decided and saved when the transfer is made, so that it continues after a crash.
 */
import * as z from 'zod';
import { type Rule, strikes } from '../fault-rules.ts';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import { row, rows, type SimulatorStore } from '../sqlite.ts';
import { refusalOf, transferRefusals } from './refusals.ts';
import { type CourseStep, courseSteps, type Transfer, withRefund } from './transfer.ts';
import { micros, ok, refused } from './wire.ts';

const millionths = z.string().transform((text, context) => {
  const value = micros(text, 6);
  if (value !== null) return value;
  context.addIssue({ code: 'custom', message: 'not an amount' });
  return z.NEVER;
});
const frequency = {
  probability: z.number().min(0).max(1).default(1),
  times: z.number().int().min(1).nullable().default(null),
  seed: z.number().int().default(1),
};
const Course = z.strictObject({
  /** The statuses in order. `approved` must be the last, because the payment follows it. */
  steps: z
    .array(z.enum(courseSteps))
    .min(1)
    .refine((steps) => !steps.slice(0, -1).includes('approved'), 'nothing follows "approved"')
    .default(['approved']),
  stepMs: z.number().int().min(0).default(0),
  /** Whether Due draws the dollars. If not, it waits for them. */
  fund: z.boolean().default(true),
  /** The amounts that go back and that are paid out, if not all. */
  refund: millionths.optional(),
  payout: millionths.optional(),
  ...frequency,
});
const Refusal = z.strictObject({ refuse: z.enum(transferRefusals), ...frequency });
const CourseRule = z.union([Refusal, Course]);
const Step = z.strictObject({ status: z.enum(courseSteps), refund: millionths.optional() });

type Course = Pick<z.infer<typeof Course>, 'steps' | 'stepMs' | 'fund' | 'refund' | 'payout'>;
export type Courses = {
  /** The course of the transfer that is being made; null means the usual one. */
  next(): Course | { refuse: SimulatorReply } | null;
  put(transferId: string, course: Course): void;
  /** Takes each transfer that is due one step on. */
  work(): void;
  /** The control routes, which come before all others and need no key. */
  routes: readonly Route[];
};

type Kept = {
  transferId: string;
  steps: string;
  done: number;
  stepMs: number;
  nextAtMs: number | null;
  refundMicros: string | null;
};

export function makeCourses(store: SimulatorStore): Courses {
  const { db } = store;
  let rules: (z.infer<typeof CourseRule> & { calls: number; strikes: number })[] = [];
  const insert = db.prepare(
    `INSERT INTO courses (transferId, steps, ended, stepMs, refundMicros, payoutMicros)
     VALUES ($transferId, $steps, $ended, $stepMs, $refundMicros, $payoutMicros)`,
  );
  const approve = db.prepare(
    `UPDATE transfers SET status = 'approved', changedAtMs = ? WHERE status = 'funds_received'
       AND id NOT IN (SELECT transferId FROM courses WHERE ended = 0)`,
  );
  const due = db.prepare(
    `SELECT courses.* FROM courses JOIN transfers ON id = transferId
     WHERE ended = 0 AND status <> 'awaiting_funds' AND coalesce(nextAtMs, 0) <= ?`,
  );
  const goOn = db.prepare(
    'UPDATE courses SET done = ?, nextAtMs = ?, ended = ? WHERE transferId = ?',
  );
  const endCourse = db.prepare('UPDATE courses SET ended = 1 WHERE transferId = ?');
  const select = db.prepare('SELECT * FROM transfers WHERE id = ?');
  const received = db.prepare('SELECT micros FROM receipts WHERE transferId = ?');
  const isRefunded = db.prepare('SELECT 1 FROM refunds WHERE transferId = ?');
  const insertRefund = db.prepare(
    'INSERT INTO refunds (transferId, micros, atMs) VALUES (?, ?, ?)',
  );
  const change = db.prepare(
    'UPDATE transfers SET status = ?, changedAtMs = ?, fixed = ? WHERE id = ?',
  );

  /** Sets the status of a transfer. Where it means that dollars went back, they go back once, if there are any. */
  function take(transfer: Transfer, status: CourseStep, refund: bigint | null): void {
    const now = Date.now();
    let { fixed } = transfer;
    const gaveBack = status === 'refund_processed' || status === 'canceled';
    const came = rows<{ micros: string }>(received, transfer.id);
    if (gaveBack && came.length > 0 && row(isRefunded, transfer.id) === null) {
      const all = came.reduce((sum, one) => sum + BigInt(one.micros), 0n);
      const back = refund ?? all;
      insertRefund.run(transfer.id, String(back), now);
      fixed = withRefund(fixed, back);
    }
    change.run(status, now, fixed, transfer.id);
  }

  function step(kept: Kept, now: number): void {
    if (kept.nextAtMs === null && kept.stepMs > 0) {
      goOn.run(0, now + kept.stepMs, 0, kept.transferId);
      return;
    }
    const steps = JSON.parse(kept.steps) as CourseStep[];
    const status = steps[kept.done];
    const transfer = row<Transfer>(select, kept.transferId);
    if (status === undefined || transfer === null) throw new Error('a course without its steps');
    take(transfer, status, kept.refundMicros === null ? null : BigInt(kept.refundMicros));
    const done = kept.done + 1;
    goOn.run(done, now + kept.stepMs, done === steps.length ? 1 : 0, kept.transferId);
  }

  function addRules(text: string): SimulatorReply {
    const parsed = CourseRule.safeParse(jsonObject(text));
    if (!parsed.success) return { status: 400, body: { message: z.prettifyError(parsed.error) } };
    rules.push({ ...parsed.data, calls: 0, strikes: 0 });
    return ok({ rules: rules.length });
  }

  function force(text: string, id: string): SimulatorReply {
    const parsed = Step.safeParse(jsonObject(text));
    if (!parsed.success) return { status: 400, body: { message: z.prettifyError(parsed.error) } };
    const transfer = row<Transfer>(select, id);
    if (transfer === null) return refused(404, 'err_transfer_not_found', 'Transfer not found');
    if (transfer.status.startsWith('payment_'))
      return { status: 409, body: { message: 'its payment is made' } };
    store.transaction(() => {
      endCourse.run(id);
      take(transfer, parsed.data.status, parsed.data.refund ?? null);
    });
    return ok({});
  }

  return {
    next: () => {
      const rule = rules.find((one) => strikes(one as unknown as Rule));
      if (rule === undefined) return null;
      return 'refuse' in rule ? { refuse: refusalOf(rule.refuse) } : rule;
    },
    put: (transferId, { steps, stepMs, refund, payout }) => {
      insert.run({
        transferId,
        steps: JSON.stringify(steps),
        ended: steps.length === 0 ? 1 : 0,
        stepMs,
        refundMicros: refund === undefined ? null : String(refund),
        payoutMicros: payout === undefined ? null : String(payout),
      });
    },
    work: () => {
      const now = Date.now();
      store.transaction(() => {
        approve.run(now);
        for (const kept of rows<Kept>(due, now)) step(kept, now);
      });
    },
    routes: [
      { method: 'POST', path: '/_courses', handle: ({ text }) => addRules(text) },
      {
        method: 'DELETE',
        path: '/_courses',
        handle: () => {
          rules = [];
          return ok({ rules: 0 });
        },
      },
      {
        method: 'POST',
        path: '/_transfers/:id',
        handle: ({ text }, id = '') => force(text, id),
      },
    ],
  };
}
