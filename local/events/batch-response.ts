/** Reads which items of a batch have failed (AWS Lambda guide, "Reporting batch item failures"). */

/**
 * The ids of the failed items. An empty answer means that all succeeded. One that cannot be understood (no JSON object, an
 * id that is empty, null, under another name, or of no item) means that all failed.
 */
export function failedItems(payload: string, ids: readonly string[]): ReadonlySet<string> {
  const all = new Set(ids);
  const response = parse(payload);
  if (response === null || response === '') return new Set();
  if (typeof response !== 'object' || Array.isArray(response)) return all;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const named = failures.map((failure) => failure?.itemIdentifier);
  return named.every((id) => typeof id === 'string' && all.has(id)) ? new Set(named) : all;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
