/** Tells whether this machine has a core to spare. */
import os from 'node:os';

/** Of all cores together. One of sixteen that is free is not worth a worker either. */
const idlePartMin = 0.1;
const windowMs = { min: 200, max: 5_000 };

type Sample = { at: number; idle: number; total: number };
let last = sample();
let busy = true;

function sample(): Sample {
  const cores = os.cpus().map(({ times }) => times);
  const idle = cores.reduce((sum, { idle }) => sum + idle, 0);
  const total = cores.reduce(
    (sum, times) => sum + Object.values(times).reduce((all, ms) => all + ms, 0),
    0,
  );
  return { at: Date.now(), idle, total };
}

/** Looks at the time since the last look. It says busy until it has looked twice within some seconds. */
export function areCoresBusy(): boolean {
  const age = Date.now() - last.at;
  if (age < windowMs.min) return busy;
  const now = sample();
  busy = age > windowMs.max || now.idle - last.idle < idlePartMin * (now.total - last.total);
  last = now;
  return busy;
}
