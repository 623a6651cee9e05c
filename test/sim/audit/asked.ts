/** INV-X11: what was asked of a provider, as it left the product, against what was saved and counted before. */
import type { Sent } from '../truth.ts';
import type { Audit } from './books.ts';
import { always, type Fault, type Invariant } from './invariant.ts';

/** What a request asks for, by what its provider knows it by; null: it moves nothing. */
function effectIn({ to, path, key, body }: Sent): string | null {
  switch (to) {
    case 'alpaca': {
      if (path === '/v1/journals') return `journal ${key}`;
      if (!path.endsWith('/transfers')) return null;
      const { additional_information: memo }: { additional_information?: unknown } =
        JSON.parse(body);
      return `wire ${String(memo)}`;
    }
    case 'due': {
      if (path !== '/v1/transfers') return null;
      const { quote }: { quote?: unknown } = JSON.parse(body);
      return `quote ${String(quote)}`;
    }
    default:
      return to satisfies never;
  }
}

/** How often it may have been asked for by then; null: nobody had saved it. */
function allowed({ counted }: Audit, effect: string, afterWrites: number): number | null {
  const saved = counted.get(effect)?.findLast(({ index }) => index < afterWrites);
  return saved?.sends ?? null;
}

/** Bytes for a chain are judged by INV-X7: they may be sent as often as anybody likes. */
export const countedFirst: Invariant = always(
  'INV-X11',
  'A journal, a conversion and a wire are saved before they are asked for, and each time that they are is counted before.',
  ({ audit, news }) =>
    news.sent.flatMap((request): Fault[] => {
      const subject = effectIn(request);
      if (subject === null) return [];
      const times = (audit.asked.get(subject) ?? 0) + 1;
      audit.asked.set(subject, times);
      const most = allowed(audit, subject, request.afterWrites);
      if (most === null) return [{ subject, detail: 'asked for, and nobody had saved it' }];
      return times <= most
        ? []
        : [{ subject, detail: `asked for ${times} times, ${most} counted` }];
    }),
);
