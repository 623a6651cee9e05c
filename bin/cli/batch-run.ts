/** Sends the lines of a batch one after the other, and waits until each has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type api,
  type Drawbridge,
  type DrawbridgeError,
  isDrawbridgeError,
} from '../../client/src/index.ts';
import type { BatchState } from './batch-state.ts';
import { say, sayJson } from './command-line.ts';
import type { Line } from './payroll.ts';

export type World = {
  drawbridge: Drawbridge;
  state: BatchState;
  signal: AbortSignal;
  json: boolean;
};

/** Sends what is not known to be accepted. Throws what would meet every other line too. */
export async function sendAll(world: World, lines: readonly Line[]): Promise<void> {
  const { state, signal } = world;
  for (const [index, line] of lines.entries()) {
    const known = state.known.get(line.key);
    if (known?.id) continue;
    signal.throwIfAborted();
    // Of a line that was asked for before, and not refused, it is not known whether it was accepted.
    const isAsked = known !== undefined && known.refused === null;
    const said = isAsked ? await foundOrSent(world, line) : await sent(world, line);
    const place = `${String(index + 1).padStart(String(lines.length).length)}/${lines.length}`;
    tell(world, line, place, said);
  }
}

type Said =
  | { is: 'accepted'; before: boolean; withdrawal: api.Withdrawal }
  | { is: 'refused'; error: DrawbridgeError };

/** A key may be forgotten after a time (IDEMPOTENCY_KEY_TTL): what it made is looked for first. */
async function foundOrSent(world: World, line: Line): Promise<Said> {
  const { drawbridge, state, signal } = world;
  const found = await drawbridge.withdrawals.getByIdempotencyKey(line.key, { signal });
  if (found === null) return sent(world, line);
  state.add({ key: line.key, id: found.id });
  return { is: 'accepted', before: true, withdrawal: found };
}

async function sent(world: World, { key, line, body, pays }: Line): Promise<Said> {
  const { drawbridge, state } = world;
  state.add({ key, line, asked: new Date().toISOString(), ...(pays === null ? {} : { pays }) });
  try {
    // It is not broken off by Ctrl-C: its answer comes soon, and then it is known.
    const input = { body, idempotencyKey: key };
    const { data, headers } = await drawbridge.request('createWithdrawal', input, {});
    state.add({ key, id: data.id });
    const before = headers.get('idempotent-replayed') === 'true';
    return { is: 'accepted', before, withdrawal: data };
  } catch (error) {
    if (!isDrawbridgeError(error) || error.mayBeDone) throw error;
    // Nothing was done, and that is known: whoever changes this line now has not changed one that was sent.
    const detail = 'detail' in error ? error.detail : error.message;
    state.add({ key, refused: error.code, detail });
    if (concernsAll(error)) throw error;
    return { is: 'refused', error };
  }
}

/** Whether a refusal is not of this line alone. */
function concernsAll({ code }: DrawbridgeError): boolean {
  switch (code) {
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
    case 'RATE_LIMITED':
    case 'TEMPORARILY_UNAVAILABLE':
    case 'CONNECTION_FAILED':
    case 'TIMED_OUT':
    case 'UNEXPECTED_ANSWER':
      return true;
    default:
      return false;
  }
}

function tell({ json }: World, { line, key, body }: Line, place: string, said: Said): void {
  const { amount, destinationAddress } = body;
  if (said.is === 'accepted') {
    const { id, status } = said.withdrawal;
    const how = said.before ? 'was accepted before' : 'accepted';
    if (json) sayJson({ line, key, id, status, before: said.before });
    else say(`${place}  ${how}  ${id}  ${amount} to ${destinationAddress}`);
    return;
  }
  const { code, message } = said.error;
  if (json) sayJson({ line, key, refused: code, detail: message });
  else say(`${place}  refused   line ${line}: ${message}`);
}

const [lookMs, lookMaxMs] = [500, 5_000];

/** Waits until nothing more becomes of any by itself. Answers whether that came in time. */
export async function endAll(
  { drawbridge, state, signal, json }: World,
  lines: readonly Line[],
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  const total = lines.length;
  // What failed or waits for a person may have been taken up again since.
  let waiting = lines.filter(({ key }) => {
    const known = state.known.get(key);
    return known?.id && known.ended !== 'COMPLETED' && known.ended !== 'CANCELLED';
  });
  for (let pauseMs = lookMs; ; pauseMs = Math.min(pauseMs * 1.5, lookMaxMs)) {
    const still: Line[] = [];
    for (const line of waiting) {
      signal.throwIfAborted();
      const { key } = line;
      const one = await drawbridge.withdrawals.get(state.known.get(key)?.id ?? '', { signal });
      const { status } = one;
      if (status === 'PENDING' || status === 'PROCESSING' || status === 'RETRYING') {
        still.push(line);
        continue;
      }
      state.add({ key, ended: status });
      if (json) sayJson({ line: line.line, key, id: one.id, status, txHash: one.txHash });
      else if (status !== 'COMPLETED')
        say(`line ${line.line} ${status}: ${one.failure?.message ?? ''}`);
    }
    if (!json && still.length < waiting.length) say(`${total - still.length}/${total} have ended`);
    waiting = still;
    if (waiting.length === 0) return true;
    if (Date.now() > deadline) return false;
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
