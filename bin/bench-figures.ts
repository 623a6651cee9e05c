/** What the benchmark makes of what it has seen. */

/** `NaN` of none: there is no such figure then. */
export const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ??
  Number.NaN;

export type Ended = { createdAt: string; completedAt: string | null };

/**
 * What is said of those that have completed. The others count nowhere: neither by the time that they took, nor by the time for which
 * the benchmark has waited for them in vain.
 */
export function completions(
  ends: readonly Ended[],
  startedAt: number,
): { tookMs: number[]; perSecond: number } {
  const tookMs: number[] = [];
  let lastAt = startedAt;
  for (const { createdAt, completedAt } of ends) {
    if (completedAt === null) continue;
    const at = Date.parse(completedAt);
    tookMs.push(at - Date.parse(createdAt));
    lastAt = Math.max(lastAt, at);
  }
  const seconds = (lastAt - startedAt) / 1_000;
  return { tookMs, perSecond: tookMs.length === 0 ? 0 : tookMs.length / seconds };
}
