/** Synthesizes the CDK app in a process of its own, because the CDK takes 250 MB that must not stay. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { keptFolders, wordFor } from './kept-folders.ts';
import { type Assembly, readAssembly } from './template.ts';

const root = path.join(import.meta.dirname, '../..');
const program = path.join(import.meta.dirname, 'synthesize-app.ts');
const kept = keptFolders(path.join(root, 'node_modules/.cache/drawbridge/assemblies'));

/**
 * Writes the assembly of the app with this context to `directory`: one that was made of the same sources before, or else a
 * new one. Throws the app's own output when it fails.
 */
export async function synthesize(
  directory: string,
  context: Record<string, string>,
): Promise<Assembly> {
  const word = wordFor(root, context);
  if (kept.take(word, directory)) return readAssembly(directory);
  await runApp(directory, context);
  // Somebody may have written on meanwhile.
  if (wordFor(root, context) === word) kept.keep(word, directory);
  return readAssembly(directory);
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
