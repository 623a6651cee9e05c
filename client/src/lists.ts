/** Lists: a page at a time, or all there is by `for await`. */
import { UnexpectedAnswer } from './errors.ts';

export type Page<Item> = { data: Item[]; nextCursor: string | null };

/**
 * All that a list has, newest first. `for await` asks for the next page when it gets there; `firstPage` and `pages` are for
 * whoever wants pages. Each time it is gone through it begins anew.
 */
export type List<Item> = AsyncIterable<Item> & {
  firstPage(): Promise<Page<Item>>;
  pages(): AsyncIterable<Page<Item>>;
};

export function listOf<Item>(ask: (cursor?: string) => Promise<Page<Item>>): List<Item> {
  async function* pages() {
    for (let cursor: string | undefined; ; ) {
      const page = await ask(cursor);
      const { data, nextCursor } = page;
      // Without an end it would be gone through for ever.
      const isPage = Array.isArray(data) && (nextCursor === null || typeof nextCursor === 'string');
      if (!isPage || nextCursor === cursor)
        throw new UnexpectedAnswer(200, 'A page of a list was answered that is none.', {
          ...{ attempts: 1, mayBeDone: false },
        });
      yield page;
      if (nextCursor === null) return;
      cursor = nextCursor;
    }
  }
  return {
    firstPage: () => ask(),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page.data;
    },
  };
}
