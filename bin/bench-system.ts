/** Runs a system for the benchmark, and leaves nothing of it behind, also when the benchmark is asked to stop. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type System, startSystem } from '../local/child.ts';
import { whenAskedToStop } from './asked-to-stop.ts';

/** As a shell says of a program that Ctrl-C has ended. */
const interruptedCode = 130;

let isAsked = false;
let asked: Promise<never> | undefined;

/** Rejects when this process is asked to stop. */
function untilAsked(): Promise<never> {
  asked ??= new Promise((_, reject) => {
    const first = (): void => {
      isAsked = true;
      reject(new Error('The benchmark was asked to stop.'));
    };
    // Whoever asks once more does not wait for the system to stop, which may take long or never come about.
    whenAskedToStop({ first, again: () => process.exit(interruptedCode), orphaned: first });
  });
  // While the system starts or stops nobody waits for it.
  asked.catch(() => {});
  return asked;
}

/** Starts a system for `work`, and stops it afterwards. `keep` leaves its data and logs, and says where. */
export async function withSystem(
  work: (system: System, dataDir: string) => Promise<void>,
  keep = false,
): Promise<void> {
  const interrupted = untilAsked();
  const dataDir = mkdtempSync(path.join(tmpdir(), 'drawbridge-bench-'));
  try {
    const system = await startSystem({ dataDir, env: { LOG_LEVEL: 'warn' } });
    try {
      await Promise.race([interrupted, work(system, dataDir)]);
    } finally {
      await system.stop();
    }
  } finally {
    if (keep) console.log(`data and logs are in ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
    // The work that was interrupted still waits for answers.
    if (isAsked) process.exit(interruptedCode);
  }
}
