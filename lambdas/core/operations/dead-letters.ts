/**
 * Dead letters: what lies there, and why. A letter names ids only, so it is shown with what has become of them since. Looking
 * takes nothing away, and redriving only rings once more: a step that finds nothing to do does nothing.
 */
import { isWalletId, isWithdrawalId, type WalletId, type WithdrawalId } from '../kernel/ids.ts';
import { type Step, steps } from '../kernel/steps.ts';
import { type Instant, timeOf, timeOrNull } from '../kernel/time.ts';
import type { Store } from '../store/store.ts';
import { statusOf, type Withdrawal } from '../withdrawal/withdrawal.ts';

/** Whose dead letters there are: the steps', and the relay's, which name places of the stream. */
export const letterBoxes = [...steps, 'relay'] as const;
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
  /** The first of them, which stay where they are; how many there are is not known exactly. */
  look(box: LetterBox): Promise<{ letters: Letter[]; about: number }>;
  /** Sends all of them back to where they came from; `running`: that is under way. */
  sendBack(step: Step): Promise<'started' | 'running'>;
  /** The letters, which the caller answers for until it has them deleted, or which are there again soon. */
  take(box: LetterBox): Promise<{ letters: Letter[]; done(): Promise<void> }>;
  failures(step: Step, ids: readonly string[]): Promise<StepFailure[]>;
};

/** How many of a wallet's withdrawals are shown that wait for its doorbell. */
const ofWalletMax = 10;

/** The ids that a message names; `null`: it is no doorbell. */
export function idsIn(body: string): readonly string[] | null {
  try {
    const { ids }: { ids?: unknown } = JSON.parse(body);
    const areTexts = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
    return areTexts ? (ids as string[]) : null;
  } catch {
    return null; // Whatever it is, it is shown as what nobody can read.
  }
}

/** A delivery lane names its endpoint and what it tells of. */
const withdrawalIn = (id: string): WithdrawalId | null => {
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
  store: Pick<Store, 'withdrawals' | 'wallet' | 'inbox'>,
  boxes: LetterStore,
  box: LetterBox,
) {
  const { letters, about } = await boxes.look(box);
  const named = letters.map((letter) => ({ letter, ids: idsIn(letter.body) }));
  const ids = [...new Set(named.flatMap((one) => one.ids ?? []))];
  const waiting = new Map<WalletId, WithdrawalId[]>();
  for (const id of ids.filter(isWalletId)) {
    const found = await store.wallet(id);
    const inbox = await store.inbox(id, found?.wallet.inboxShards ?? 1, ofWalletMax);
    waiting.set(id, inbox.map((one) => one.id).filter(isWithdrawalId));
  }
  const wanted = new Set([
    ...ids.flatMap((id) => withdrawalIn(id) ?? []),
    ...[...waiting.values()].flat(),
  ]);
  const [withdrawals, failures] = await Promise.all([
    wanted.size === 0 ? [] : store.withdrawals([...wanted]),
    box === 'relay' || ids.length === 0 ? [] : boxes.failures(box, ids),
  ]);
  const byId = new Map(withdrawals.map((one) => [one.id, one]));
  const data = named.map(({ letter, ids: own }) => {
    const about = (own ?? []).flatMap((id) => [
      ...(isWalletId(id) ? (waiting.get(id) ?? []) : []),
      ...(withdrawalIn(id) === null ? [] : [withdrawalIn(id) as WithdrawalId]),
    ]);
    const last = failures
      .filter(({ id }) => own?.includes(id))
      .sort((a, b) => b.at - a.at)
      .at(0);
    return {
      messageId: letter.messageId,
      from: box,
      ids: own ?? [],
      withdrawals: [...new Set(about)].flatMap((id) => {
        const found = byId.get(id);
        return found === undefined ? [] : [seen(found)];
      }),
      why: last === undefined ? unknownTo(box, own) : `${last.name}: ${last.why}`,
      failedAt: last === undefined ? null : timeOf(last.at),
      sentAt: timeOf(letter.sentAt),
      firstReceivedAt: timeOrNull(letter.firstReceivedAt),
      receives: letter.receives,
    };
  });
  return { data, total: Math.max(about, data.length) };
}

function unknownTo(box: LetterBox, ids: readonly string[] | null): string | null {
  if (box === 'relay') return 'The relay gave up on changes of the money table.';
  return ids === null ? 'It is no doorbell: nobody can read it.' : null;
}
