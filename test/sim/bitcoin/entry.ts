/** What a world with a planted bug is built from: it is bundled with that one line changed. */
import { byChance, played, scripts, singleFaults } from './scenarios.ts';

/** The first thing that is found wrong, in the scripts, in worlds by chance, and when calls fail; `null`: nothing. */
export async function firstViolation(): Promise<string | null> {
  try {
    for (const script of scripts) {
      const { violations, stages } = await played(script);
      if (violations.length > 0) return `${script.name}: ${violations[0]}`;
      if (JSON.stringify(stages) !== JSON.stringify(script.ends))
        return `${script.name}: ${stages}`;
    }
    for (let seed = 1; seed <= 20; seed += 1) {
      const [found] = await byChance(seed);
      if (found !== undefined) return found;
    }
    for (const script of scripts) {
      const [found] = await singleFaults(script, 11);
      if (found !== undefined) return found;
    }
    return null;
  } catch (error) {
    // An assertion of the product itself is found as well.
    return String(error).split('\n')[0] ?? 'an error';
  }
}
