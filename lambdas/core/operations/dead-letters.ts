/**
 * Dead letters: what lies there, and why. A letter names ids only, so it is shown with what has become of them since. Looking
 * takes nothing away, and redriving only rings once more: a step that finds nothing to do does nothing.
 */
import { doorbellIn } from '../kernel/doorbell.ts';
import {
  isWalletId,
  isWithdrawalId,
  type WalletId,
  type WithdrawalId,
  waitingPlaceIn,
} from '../kernel/ids.ts';
import { type Step, steps } from '../kernel/steps.ts';
import { type Instant, timeOf, timeOrNull } from '../kernel/time.ts';
import type { Store } from '../store/store.ts';
import { statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Principal } from './principal.ts';
import {
  isStreamReader,
  type StreamReader,
  streamLetterIn,
  streamReaders,
} from './stream-letter.ts';

/** Whose dead letters there are: the steps', and those of who reads the stream, which name places of it. */
export const letterBoxes = [...steps, ...streamReaders] as const;
export type LetterBox = (typeof letterBoxes)[number];
export const isLetterBox = (text: string): text is LetterBox =>
  (letterBoxes as readonly string[]).includes(text);

export type Letter = {
  messageId: string;
  body: string;
  sentAt: Instant;
  firstReceivedAt: Instant | null;
  /** Receives of the dead letter, those of people who have looked among them. */
  receives: number;
};
/** Why a step failed for this id the last time. */
export type StepFailure = { id: string; name: string; why: string; at: Instant };

/** The port of the queues of dead letters. */
export type LetterStore = {
  /** The first of them, or as many as can be seen, which stay where they are; how many there are is not known exactly. */
  look(box: LetterBox, most?: 'all'): Promise<{ letters: Letter[]; about: number }>;
  /** Sends all of them back to where they came from; `running`: that is under way. */
  sendBack(step: Step): Promise<'started' | 'running'>;
  /** Deletes those of which this is so, as many as can be seen, and answers how many; the others stay where they are. */
  remove(box: LetterBox, isMeant: (letter: Letter) => Promise<boolean>): Promise<number>;
  failures(step: Step, ids: readonly string[]): Promise<StepFailure[]>;
};

/** One that nobody can read, and that an operator has taken away (discard.ts). */
export type Discard = {
  box: LetterBox;
  messageId: string;
  by: Principal;
  /** The id of the key or the token. */
  callerId: string;
  reason: string;
  at: Instant;
  /** What was in it may be a secret of somebody's, so this is all that is kept of it. */
  bytes: number;
  sha256: string;
};

/** The port of what was taken away. */
export type Discards = {
  keep(discard: Discard): Promise<void>;
  /** The newest first. */
  discards(box: LetterBox): Promise<Discard[]>;
};

/** How many of a wallet's withdrawals are shown that wait for its doorbell. */
const ofWalletMax = 10;

/** What a letter says: the ids that it names, and why it is there where it says that; `null`: nobody can read it. */
type Read = { ids: readonly string[]; why: string | null };

export function readLetter(box: LetterBox, body: string): Read | null {
  if (isStreamReader(box)) {
    const letter = streamLetterIn(body);
    if (letter === null) return null;
    // An item is named by its key, such as `WD#wd_…`.
    const ids = letter.item === null ? [] : [letter.item.split('#').at(-1) ?? ''];
    return { ids, why: `${gaveUp[box]}${letter.why === null ? '.' : `: ${letter.why}`}` };
  }
  try {
    return { ids: doorbellIn(body), why: null };
  } catch {
    return null; // Whatever it is, it is shown as what nobody can read.
  }
}

const gaveUp: Record<StreamReader, string> = {
  relay: 'The relay gave up on changes of the money table',
  bus: 'These changes of the money table are not on the event bus',
};
const unreadable = 'Nobody can read it: none of our code has sent it.';

/** A delivery lane names its endpoint and what it tells of, a doorbell of 2-debit the wallet and the place in it. */
const withdrawalIn = (id: string): WithdrawalId | null => {
  const waiting = waitingPlaceIn(id);
  if (waiting !== null) return waiting.id;
  const last = id.split('#').at(-1) ?? '';
  return isWithdrawalId(last) ? last : null;
};

const seen = (one: Withdrawal) => ({
  id: one.id,
  tenant: one.tenant,
  status: statusOf(one),
  stage: one.stage,
  updatedAt: timeOf(one.updatedAt),
});

export async function showLetters(
  store: Pick<Store, 'readable' | 'wallet' | 'inbox' | 'accepted'>,
  boxes: Pick<LetterStore, 'look' | 'failures'>,
  discards: readonly Discard[],
  box: LetterBox,
) {
  const { letters, about } = await boxes.look(box);
  const named = letters.map((letter) => ({ letter, read: readLetter(box, letter.body) }));
  const ids = [...new Set(named.flatMap(({ read }) => read?.ids ?? []))];
  const waiting = new Map<WalletId, WithdrawalId[]>();
  for (const id of ids.filter(isWalletId)) {
    const found = await store.wallet(id);
    const { inboxShards = 1, listShards = 1 } = found?.wallet ?? {};
    const inbox = await store.inbox(id, inboxShards, ofWalletMax);
    const takenUpTo = found?.balance.takenUpTo;
    const list =
      takenUpTo === undefined ? [] : await store.accepted(id, listShards, takenUpTo, ofWalletMax);
    const ids = [...inbox, ...list].map((one) => one.id).filter(isWithdrawalId);
    waiting.set(id, [...new Set(ids)]);
  }
  const wanted = new Set([
    ...ids.flatMap((id) => withdrawalIn(id) ?? []),
    ...[...waiting.values()].flat(),
  ]);
  const [withdrawals, failures] = await Promise.all([
    wanted.size === 0 ? [] : store.readable([...wanted]),
    isStreamReader(box) || ids.length === 0 ? [] : boxes.failures(box, ids),
  ]);
  const byId = new Map(withdrawals.map((one) => [one.id, one]));
  const data = named.map(({ letter, read }) => {
    const own = read?.ids ?? [];
    const about = own.flatMap((id) => [
      ...(isWalletId(id) ? (waiting.get(id) ?? []) : []),
      ...(withdrawalIn(id) === null ? [] : [withdrawalIn(id) as WithdrawalId]),
    ]);
    const last = failures
      .filter(({ id }) => own.includes(id))
      .sort((a, b) => b.at - a.at)
      .at(0);
    return {
      messageId: letter.messageId,
      from: box,
      readable: read !== null,
      ids: own,
      withdrawals: [...new Set(about)].flatMap((id) => {
        const found = byId.get(id);
        return found === undefined ? [] : [seen(found)];
      }),
      why: last !== undefined ? `${last.name}: ${last.why}` : read === null ? unreadable : read.why,
      failedAt: last === undefined ? null : timeOf(last.at),
      sentAt: timeOf(letter.sentAt),
      firstReceivedAt: timeOrNull(letter.firstReceivedAt),
      receives: letter.receives,
    };
  });
  const discarded = discards.map(({ messageId, by, reason, at }) => ({
    ...{ messageId, by, reason },
    at: timeOf(at),
  }));
  return { data, total: Math.max(about, data.length), discarded };
}
