/** Violations, for a person to read. */
import type { Violation } from './invariant.ts';
import { invariants } from './invariants.ts';

const saying = new Map(invariants.map(({ id, says }) => [id, says]));

/** Each broken invariant with what it says, then who broke it and how. */
export function reportOf(violations: readonly Violation[]): string {
  const byInvariant = Map.groupBy(violations, ({ invariant }) => invariant);
  return [...byInvariant]
    .map(([id, found]) => {
      const lines = new Set(found.map(({ subject, detail }) => `  ${subject}: ${detail}`));
      return [`${id} ${saying.get(id) ?? ''}`, ...lines].join('\n');
    })
    .join('\n');
}
