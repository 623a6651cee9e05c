/** Lists: a page at a time, or all there is by `for await`. */

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
      yield page;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
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
