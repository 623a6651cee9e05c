/** Where the functions of this machine keep the spans of traces (lambdas/adapters/trace/file.ts). */
import { renameSync, statSync } from 'node:fs';
import type { DataDir } from './host/data-dir.ts';

/** Every span of a withdrawal's trace is looked for in the whole file, so it may not grow for ever. */
const bytesMax = 256 * 1024 * 1024;

/** The file. What an earlier run has filled is put aside, once, before anybody writes. */
export function traceFileIn(dataDir: Pick<DataDir, 'file'>): string {
  const file = dataDir.file('traces.jsonl');
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > bytesMax) renameSync(file, dataDir.file('traces.old.jsonl'));
  return file;
}
