/** One line of the log for each request, or field of a request of GraphQL, that is refused. */
import { logger } from '../boot/observe.ts';

type Refused = { route: string; code: string; status: number; errors?: readonly unknown[] };

/** What was wrong. Nothing that was sent is in it, not even the name of a field: that may be a secret, or about a person. */
export function tellOfRefusal({ route, code, status, errors = [] }: Refused): void {
  const wrong = new Set(errors.map((one) => (one as { code?: string }).code));
  logger[status >= 500 ? 'warn' : 'info']('request refused', {
    ...{ route, status, code },
    ...(wrong.size > 0 ? { wrong: [...wrong] } : {}),
  });
}
