/** Synthesizes the CDK app in a process of its own, because the CDK takes 250 MB that must not stay. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { keptAssemblies, wordFor } from './kept-assemblies.ts';
import { type Assembly, readAssembly } from './template.ts';

const root = path.join(import.meta.dirname, '../..');
const program = path.join(import.meta.dirname, 'synthesize-app.ts');
const kept = keptAssemblies(path.join(root, 'node_modules/.cache/drawbridge'));

/**
 * Writes the assembly of the app with this context to `directory`: one that was made of the same sources before, or else a
 * new one. Throws the app's own output when it fails.
 */
export async function synthesize(
  directory: string,
  context: Record<string, string>,
): Promise<Assembly> {
  rmSync(directory, { recursive: true, force: true });
  const word = wordFor(root, context);
  if (atBest(() => kept.take(word, directory))) return readAssembly(directory);
  rmSync(directory, { recursive: true, force: true });
  await runApp(directory, context);
  // Somebody may have written on meanwhile.
  if (wordFor(root, context) === word) atBest(() => kept.keep(word, directory));
  return readAssembly(directory);
}

/** What is kept saves time and nothing else, so that a start does without it where a disk is full or may not be written to. */
function atBest<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    console.warn(`No kept assembly, which costs time: ${(error as Error).message}`);
    return null;
  }
}

async function runApp(directory: string, context: Record<string, string>): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, directory],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.end(JSON.stringify(context));
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`The CDK app cannot be synthesized:\n${said}`);
}
