/** Quotes of the on-ramp. Taking one moves nothing; it is saved before it is sent to become a transfer (effect/effect.ts). */
import type { Guard } from '../breakers/breaker.ts';
import { quoting, transferring } from '../breakers/names.ts';
import { sendSaved } from '../effect/effect.ts';
import { quoteLifeMaxMs, quoteMarginMs } from '../kernel/limits.ts';
import { later } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { firstSend } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import { eachAbout } from '../withdrawal/about.ts';
import { type In, moveTo } from '../withdrawal/withdrawal.ts';
import { treasuryNow } from './arrival.ts';
import {
  conversionEffect,
  isAlike,
  isPlausible,
  isPlausibleFee,
  listedFor,
  madeWithin,
  type OnRampWorld,
} from './conversion.ts';
import { conclude, endings, type Unquoted } from './endings.ts';
import { payInModes } from './pay-in.ts';
import type { Converting, Due } from './rows.ts';

const noSuchTime = { ok: false, refused: false, why: 'a quote of another time' } as const;
type Quoted = { changes: Change[]; send: Converting | null };

/** Takes a quote for each of them, saves it, and sends what was saved. */
export async function quoteAndSend(world: OnRampWorld, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return;
  const held = await world.switches.held('on-ramp');
  if (held !== null) {
    const kept = due.map((one) => ({
      changes: conclude(endings.quote, { is: 'held', held }, one, world),
    }));
    await commitGroups(world.store, kept);
    return;
  }
  const guard = await world.gates.begin(due.length, quoting, transferring);
  const groups = await eachAbout(due, (one, index) =>
    quoteFor(world, one, guard, index < guard.allowed),
  );
  const made = await commitGroups(world.store, groups);
  const toSend = made.flatMap(({ send }) => send ?? []);
  await sendSaved(world, conversionEffect(world), toSend);
}

async function quoteFor(world: OnRampWorld, due: Due, guard: Guard, isAllowed: boolean) {
  const { onRamp, clock, budget, payIn } = world;
  const { withdrawal: from, effect: earlier } = due;
  const mode = payInModes[payIn];
  const unquoted = (heard: Unquoted): Quoted => ({
    changes: conclude(endings.quote, heard, due, world),
    send: null,
  });
  if (!isAllowed) return unquoted({ is: 'kept-back', until: guard.until });
  // Nothing is asked of the on-ramp that it would pay to nobody knows whom, and the others are asked for as ever.
  const payee = treasuryNow(world.arrivals, from.network);
  if (payee === null) return unquoted({ is: 'out-of-service' });
  if (mode.isReady && !(await mode.isReady(world, from.network)))
    return unquoted({ is: 'no-account' });
  const recipient = await onRamp.recipient(from.network);
  const answer = recipient.ok ? await onRamp.quote(from.network, from.amount, payIn) : recipient;
  if (!recipient.ok || !answer.ok) return unquoted({ is: 'none', answer, guard });
  if (!isPlausible(from, answer.value.payout) || !isPlausibleFee(from, answer.value.fee))
    return unquoted({ is: 'none', answer, guard });
  // What a quote makes is looked for while the quote is good. One that is no longer good, or for a year, says no such time.
  const left = answer.value.expiresAt - clock.now();
  if (left <= 0 || left > quoteLifeMaxMs)
    return unquoted({ is: 'none', answer: noSuchTime, guard });
  if (!budget.allows({ calls: 1 })) return { changes: [], send: null };

  const now = clock.now();
  const { token, source, payout, fee, expiresAt } = answer.value;
  const effect: ConversionRecord = {
    kind: 'conversion',
    withdrawalId: from.id,
    version: (earlier?.version ?? 0) + 1,
    quoteNumber: (earlier?.quoteNumber ?? 0) + 1,
    quoteToken: token,
    quoteExpiresAt: expiresAt,
    recipientId: recipient.value,
    payee,
    payIn,
    source,
    payout,
    fee,
    ...firstSend(now),
    quoteUsed: false,
    transferId: null,
  };
  const withdrawal: In<'converting'> =
    from.stage === 'converting'
      ? { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null }
      : moveTo(from, 'converting', {}, now);
  const changes: Change[] = [
    { change: 'record', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ];
  return { changes, send: mode.isAskedFor ? { withdrawal, effect } : null };
}

/**
 * Whoever finds a transfer first claims it, for transfers of one amount are alike. So a withdrawal whose request never arrived
 * may have the transfer of another whose answer was lost: its own quote is unused, and the other's is used up with nothing to
 * show for it. The two exchange quotes as they have exchanged transfers, and the other sends its new quote at once instead of
 * waiting for proof that its old one comes to nothing (docs/decisions/0006). Answers those that have another quote now.
 */
export async function exchangeQuotes(world: OnRampWorld, stranded: readonly Converting[]) {
  const { store, clock } = world;
  const exchanged: Converting[] = [];
  // One after the other: two of them may want the same quote.
  for (const item of stranded) {
    const { withdrawal, effect } = item;
    if (!effect.quoteUsed || clock.now() >= madeWithin(effect).until) continue;
    const other = await whoHasOurs(world, item);
    if (other === undefined) continue;
    const mine = withQuoteOf(effect, other);
    const refused = await store.commit([
      { change: 'record', to: mine },
      { change: 'record', to: withQuoteOf(other, effect) },
    ]);
    if (refused.length === 0) exchanged.push({ withdrawal, effect: mine });
  }
  return exchanged;
}

/** What two quotes must share to be exchanged. */
const price = ['payIn', 'source', 'payout', 'fee', 'recipientId'] as const;

/** A conversion of the same price that has found its transfer in a list, and whose own quote can still make one. */
async function whoHasOurs({ store, onRamp, clock, budget }: OnRampWorld, item: Converting) {
  const { effect } = item;
  const { from, until } = madeWithin(effect);
  const listed = await onRamp.transfersBetween(from, until, listedFor(budget, [item], clock.now()));
  if (!listed.ok) return undefined;
  const alike = listed.value.filter((one) => isAlike(item, one));
  const owners = new Set((await store.claims(alike.map(({ id }) => id))).values());
  const others = owners.size === 0 ? [] : await store.conversions([...owners]);
  const now = clock.now();
  const canStillMakeOne = ({ transferId, quoteUsed, quoteExpiresAt }: ConversionRecord): boolean =>
    transferId !== null && !quoteUsed && now < later(quoteExpiresAt, -quoteMarginMs);
  return others.find(
    (one) => canStillMakeOne(one) && price.every((fact) => one[fact] === effect[fact]),
  );
}

/** The conversions are alike in all else: each goes on with the other's quote and all that became of it. */
const withQuoteOf = (
  { withdrawalId, transferId, quoteNumber, version }: ConversionRecord,
  other: ConversionRecord,
): ConversionRecord => ({ ...other, withdrawalId, transferId, quoteNumber, version: version + 1 });
