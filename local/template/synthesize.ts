/** Synthesizes the CDK app in a process of its own, because the CDK takes 250 MB that must not stay. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Assembly, readAssembly } from './template.ts';

const program = fileURLToPath(new URL('./synthesize-app.ts', import.meta.url));

/** Writes the assembly of the app with this context to `directory`. Throws the app's own output when it fails. */
export async function synthesize(
  directory: string,
  context: Record<string, string>,
): Promise<Assembly> {
  rmSync(directory, { recursive: true, force: true });
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
  return readAssembly(directory);
}
