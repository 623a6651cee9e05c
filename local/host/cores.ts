/** Tells whether this machine has a core to spare. */
import os from 'node:os';

/** Of all cores together. */
const idlePartMin = 0.1;
/** A shorter time says nothing, and what happened minutes ago says nothing of now. */
const windowMs = { min: 200, max: 5_000 };

function sample() {
  const cores = os.cpus().map(({ times }) => times);
  const sum = (list: readonly number[]): number => list.reduce((all, ms) => all + ms, 0);
  return {
    at: Date.now(),
    idle: sum(cores.map(({ idle }) => idle)),
    total: sum(cores.flatMap((times) => Object.values(times))),
  };
}

/** Answers whether the cores were busy since it was asked last. It says so, too, while it does not know. */
export function coresWatch(): () => boolean {
  let last = sample();
  let busy = true;
  return () => {
    const age = Date.now() - last.at;
    if (age < windowMs.min) return busy;
    const now = sample();
    busy = age > windowMs.max || now.idle - last.idle < idlePartMin * (now.total - last.total);
    last = now;
    return busy;
  };
}

/** All pools ask the same, so that one look serves them all. */
export const areCoresBusy = coresWatch();
