/** Requests of many workers at once, made in batches. */

/**
 * Gathers single requests: what is asked at one moment, or while a batch is under way, goes into one batch. So nobody waits for
 * company, and the more is asked for, the less each request costs. When a batch fails, its halves are served by themselves, so that
 * no request is held up by another that cannot be served.
 */
export function gathered<Ask, Answer>(
  max: number,
  serve: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
): (ask: Ask) => Promise<Answer> {
  type Waiting = { ask: Ask } & PromiseWithResolvers<Answer>;
  const waiting: Waiting[] = [];
  let isServing = false;

  async function serveBatch(batch: readonly Waiting[]): Promise<void> {
    let answers: readonly Answer[];
    try {
      answers = await serve(batch.map(({ ask }) => ask));
    } catch (error) {
      const middle = Math.ceil(batch.length / 2);
      if (batch.length === 1) for (const { reject } of batch) reject(error);
      else for (const half of [batch.slice(0, middle), batch.slice(middle)]) await serveBatch(half);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      if (index in answers) resolve(answers[index] as Answer);
      else reject(new Error('a request of a batch has no answer'));
    }
  }

  async function serveAll(): Promise<void> {
    isServing = true;
    // Whatever goes on at this moment may ask, too.
    await Promise.resolve();
    while (waiting.length > 0) await serveBatch(waiting.splice(0, max));
    isServing = false;
  }

  return (ask) => {
    const one: Waiting = { ask, ...Promise.withResolvers<Answer>() };
    waiting.push(one);
    if (!isServing) void serveAll();
    return one.promise;
  };
}
