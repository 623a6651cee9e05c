/** What a world with a planted bug is asked for. */
type Script = { name: string; ends: readonly string[] };
/** The worlds of one rail (scripts.ts). */
type Worlds<S extends Script> = {
  scripts: readonly S[];
  played(script: S): Promise<{ violations: readonly string[]; stages: readonly string[] }>;
  someFaults(script: S, many: number): Promise<readonly string[]>;
  byChance(seed: number): Promise<readonly string[]>;
};

/** The first thing that is found wrong, in the scripts, in worlds by chance, and when calls fail; `null`: nothing. */
export async function firstViolationIn<S extends Script>(
  worlds: Worlds<S>,
  { seeds, singles }: { seeds: number; singles: number },
): Promise<string | null> {
  try {
    for (const script of worlds.scripts) {
      const { violations, stages } = await worlds.played(script);
      if (violations.length > 0) return `${script.name}: ${violations[0]}`;
      if (JSON.stringify(stages) !== JSON.stringify(script.ends))
        return `${script.name}: ${stages}`;
    }
    for (let seed = 1; seed <= seeds; seed += 1) {
      const [found] = await worlds.byChance(seed);
      if (found !== undefined) return found;
    }
    for (const script of worlds.scripts) {
      const [found] = await worlds.someFaults(script, singles);
      if (found !== undefined) return found;
    }
    return null;
  } catch (error) {
    // An assertion of the product itself is found as well.
    return String(error).split('\n')[0] ?? 'an error';
  }
}
