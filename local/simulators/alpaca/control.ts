/** Lets tests do what only Alpaca's staff can: `/_journals`, `/_wires`, `/_accounts`, without a key (docs/simulators.md). */
import * as z from 'zod';
import { jsonObject, type Route, type SimulatorReply } from '../http.ts';
import type { Journals } from './journals.ts';
import type { AlpacaStore, Journal } from './store.ts';
import { centsIn, ok, refused } from './wire.ts';
import type { Wires } from './wires-api.ts';

const AllJournals = z.strictObject({
  hold: z.boolean().optional(),
  forgetKeys: z.literal(true).optional(),
});
const Act = z.discriminatedUnion('do', [
  z.strictObject({ do: z.enum(['execute', 'reject', 'refuse', 'cancel', 'send', 'reverse']) }),
  z.strictObject({ do: z.literal('correct'), amount: z.string() }),
  /** Shows this status and moves nothing, for statuses that Alpaca may add one day. */
  z.strictObject({ do: z.literal('say'), status: z.string() }),
]);
const AccountChange = z.strictObject({
  status: z.string().optional(),
  transfersBlocked: z.boolean().optional(),
  accountBlocked: z.boolean().optional(),
});
const WireChange = z.strictObject({ status: z.string() });

export function controlRoutes(store: AlpacaStore, journals: Journals, wires: Wires): Route[] {
  const changeAccount = store.db.prepare(
    `UPDATE accounts SET status = coalesce(?, status), transfersBlocked = coalesce(?, transfersBlocked),
       accountBlocked = coalesce(?, accountBlocked) WHERE id = ?`,
  );

  /** Does it, and answers whether it could: only a pending journal can be executed, only an executed one undone. */
  function done(journal: Journal, act: z.infer<typeof Act>): boolean {
    switch (act.do) {
      case 'say':
        journals.set(journal, act.status);
        return true;
      case 'reverse':
        return journals.hasMoved(journal) && journals.reverse(journal);
      case 'correct': {
        const cents = centsIn(act.amount);
        return cents !== null && journals.hasMoved(journal) && journals.correct(journal, cents);
      }
      case 'execute':
        if (!journals.isWaiting(journal)) return false;
        journals.execute(journal);
        return true;
      case 'reject':
      case 'refuse':
      case 'cancel':
      case 'send':
        if (!journals.isWaiting(journal)) return false;
        journals.set(journal, endOf[act.do]);
        return true;
      default:
        return act satisfies never;
    }
  }

  function onJournal(name: string, text: string): SimulatorReply {
    const act = Act.safeParse(jsonObject(text));
    if (!act.success) return refused(400, z.prettifyError(act.error));
    return store.transaction(() => {
      const journal = journals.about(name);
      if (journal === null) return refused(404, 'journal not found');
      if (!done(journal, act.data)) return refused(409, `not while it is ${journal.status}`);
      return ok({
        journal: store.journal(journal.id),
        newest: journals.about(journal.description),
      });
    });
  }

  return [
    {
      method: 'POST',
      path: '/_journals',
      handle: ({ text }) => {
        const given = AllJournals.safeParse(jsonObject(text));
        if (!given.success) return refused(400, z.prettifyError(given.error));
        const { hold, forgetKeys } = given.data;
        if (hold !== undefined) journals.hold(hold);
        if (forgetKeys === true) journals.forgetKeys();
        return ok(given.data);
      },
    },
    {
      method: 'POST',
      path: '/_journals/:name',
      handle: ({ text }, name = '') => onJournal(name, text),
    },
    {
      method: 'GET',
      path: '/_wires',
      handle: ({ query }) => ok(wires.arrivedSince(Number(query.get('sinceMs') ?? 0))),
    },
    {
      method: 'POST',
      path: '/_wires/:id',
      handle: ({ text }, id = '') => {
        const given = WireChange.safeParse(jsonObject(text));
        if (!given.success) return refused(400, z.prettifyError(given.error));
        const known = store.transaction(() => wires.set(id, given.data.status));
        return known ? ok(given.data) : refused(409, 'no such wire, or it came back before');
      },
    },
    {
      method: 'POST',
      path: '/_accounts/:id',
      handle: ({ text }, id = '') => {
        const given = AccountChange.safeParse(jsonObject(text));
        if (!given.success) return refused(400, z.prettifyError(given.error));
        const { status = null, transfersBlocked, accountBlocked } = given.data;
        const flag = (on?: boolean): number | null => (on === undefined ? null : Number(on));
        changeAccount.run(status, flag(transfersBlocked), flag(accountBlocked), id);
        const account = store.account(id);
        return account === null ? refused(404, 'account not found') : ok(account);
      },
    },
  ];
}

const endOf = {
  reject: 'rejected',
  refuse: 'refused',
  cancel: 'canceled',
  send: 'sent_to_clearing',
} as const;
