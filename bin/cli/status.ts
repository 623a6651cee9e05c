/** `drawbridge status`: whether the service works, and for an operator's key what it is doing and what waits. */
import { isDrawbridgeError } from '../../client/src/index.ts';
import { apiOf, type Command, note, noWords, optionsIn, say, sayJson } from './command-line.ts';
import { exits } from './exits.ts';

const healthMs = 10_000;

/** The answer of /health, which is open to everybody, and has one for 503 too. */
async function healthAt(url: string): Promise<{ status: string; checks: Record<string, string> }> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(healthMs) });
  return (await response.json()) as { status: string; checks: Record<string, string> };
}

export const status: Command = {
  usage: `usage: drawbridge status

It ends with 0 when the service works, and with 1 when it does not. With a key of the scope operations it says what is being done.`,
  async run(argv) {
    const { positionals, values } = optionsIn(argv, {});
    noWords(positionals);
    const { url, drawbridge } = apiOf('dk_local_operator');
    const health = await healthAt(url).catch((error: Error) => ({
      ...{
        status: 'away',
        checks: {},
        why: (error.cause as Error | undefined)?.message ?? error.message,
      },
    }));
    const isWell = health.status === 'ok';
    const inside = isWell ? await insideOf(drawbridge) : null;
    if (values.json) sayJson({ api: url, health, ...inside });
    else {
      say(`${url}  ${health.status}`);
      for (const [name, one] of Object.entries(health.checks)) say(`  ${name}  ${one}`);
      if (inside === null && isWell) note('A key of the scope operations sees more.');
      if (inside !== null) tell(inside);
    }
    return isWell ? exits.done : exits.failed;
  },
};

type Asked = ReturnType<typeof apiOf>['drawbridge'];
type Inside = NonNullable<Awaited<ReturnType<typeof insideOf>>>;

type Review = { count: number; isAll: boolean };
const [reviewPage, reviewPagesMax] = [100, 10];

/** How many wait for a person, as far as is looked: they are counted with those that have not ended, and go on by no means. */
async function inReview(drawbridge: Asked): Promise<Review> {
  let [count, cursor] = [0, ''];
  for (let page = 0; page < reviewPagesMax; page += 1) {
    const from = cursor === '' ? {} : { cursor };
    const query = { status: 'REVIEW', limit: reviewPage, ...from } as const;
    const { data, nextCursor } = await drawbridge.call('listOpenWithdrawals', { query });
    count += data.length;
    if (nextCursor === null) return { count, isAll: true };
    cursor = nextCursor;
  }
  return { count, isAll: false };
}

/** What operators see; `null`: this key is none of theirs. */
async function insideOf(drawbridge: Asked) {
  try {
    const [processor, stats, review, breakers, switches] = await Promise.all([
      drawbridge.call('getProcessor', {}),
      drawbridge.call('getStats', {}),
      inReview(drawbridge),
      drawbridge.call('listCircuitBreakers', {}),
      drawbridge.call('listSwitches', {}),
    ]);
    return { processor, stats, review, breakers: breakers.data, switches: switches.data };
  } catch (error) {
    if (isDrawbridgeError(error) && error.code === 'FORBIDDEN') return null;
    throw error;
  }
}

function tell({ processor, stats, review, breakers, switches }: Inside): void {
  const counted = (of: Record<string, number>) =>
    Object.entries(of).flatMap(([name, n]) => (n > 0 ? `${name} ${n}` : []));
  say(`processor  ${processor.state}`);
  const waits = `${review.isAll ? '' : 'at least '}${review.count} in REVIEW, for a person to decide`;
  say(
    `withdrawals  ${stats.inFlight} open, ${waits}; ${stats.succeeded} completed, ${stats.failed} failed`,
  );
  say(`queues  ${counted(stats.queueDepth).join(', ') || 'empty'}`);
  say(`put aside  ${counted(stats.deadLetters).join(', ') || 'nothing'}`);
  const shut = breakers.filter((one) => one.state !== 'CLOSED');
  say(`breakers  ${shut.map((one) => `${one.provider} ${one.state}`).join(', ') || 'closed'}`);
  const off = switches.filter((one) => !one.on);
  say(`switches  ${off.map((one) => `${one.name} is off`).join(', ') || 'on'}`);
}
