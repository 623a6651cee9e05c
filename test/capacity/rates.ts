/** What is used of something that has so much a second: whether there is any left, and the most that was used. */

/** One purse for each name, which fills by so much a second and holds at most `seconds` of it. */
export class Purses {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #purses = new Map<string, { left: number; at: number }>();

  constructor(perSecond: number, seconds: number) {
    this.#perSecond = perSecond;
    this.#most = perSecond * seconds;
  }

  /** Whether nothing is owed. What is asked for then is given whole, and may leave a debt. */
  hasAny(name: string, now: number): boolean {
    return this.#at(name, now).left > 0;
  }

  take(name: string, amount: number, now: number): void {
    this.#at(name, now).left -= amount;
  }

  #at(name: string, now: number): { left: number; at: number } {
    // A new one has what comes in one second: nothing was saved up.
    const purse = this.#purses.get(name) ?? { left: this.#perSecond, at: now };
    this.#purses.set(name, purse);
    purse.left = Math.min(this.#most, purse.left + ((now - purse.at) / 1_000) * this.#perSecond);
    purse.at = now;
    return purse;
  }
}

/** The most that was used in any one second, and by whom; and how often something was refused because there was no more. */
export class Peak {
  #second = -1;
  #used = new Map<string, number>();
  most = { name: '', used: 0 };
  refused = 0;

  count(name: string, amount: number, now: number): void {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#used = new Map();
    }
    const used = (this.#used.get(name) ?? 0) + amount;
    this.#used.set(name, used);
    if (used > this.most.used) this.most = { name, used };
  }

  refuse(): void {
    this.refused += 1;
  }

  /** What was used of the second that is not over is forgotten, too. */
  forget(): void {
    this.#used.clear();
    this.most = { name: '', used: 0 };
    this.refused = 0;
  }
}

/** How many are at work at the same time, on average in the busiest second. */
export class Busy {
  #now = 0;
  #since = 0;
  #area = 0;
  #most = 0;

  change(by: number, now: number): void {
    this.#advance(now);
    this.#now += by;
  }

  get most(): number {
    return this.#most;
  }

  forget(): void {
    this.#most = 0;
  }

  #advance(now: number): void {
    while (this.#since < now) {
      const secondEnds = (Math.floor(this.#since / 1_000) + 1) * 1_000;
      const until = Math.min(now, secondEnds);
      this.#area += this.#now * (until - this.#since);
      this.#since = until;
      if (until !== secondEnds) continue;
      this.#most = Math.max(this.#most, this.#area / 1_000);
      this.#area = 0;
      // Nothing changes while it is idle.
      if (this.#now === 0) this.#since = now;
    }
  }
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
