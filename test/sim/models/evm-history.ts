/** Values that are remembered per block, so that an old height can be read and a reorganisation takes them back. */

export type History<V> = {
  /** What it was right after block `height`. */
  get(key: string, height: number): V;
  set(key: string, height: number, value: V): void;
  /** Forgets everything above `height`. */
  rewind(height: number): void;
  /** From now on until it is undone all that is set is a trial. */
  trial(): () => void;
};

export function historyOf<V>(initial: V): History<V> {
  const values = new Map<string, { height: number; value: V }[]>();
  const changed: { height: number; key: string }[] = [];
  let trying: (() => void)[] | null = null;
  return {
    get: (key, height) =>
      values.get(key)?.findLast((one) => one.height <= height)?.value ?? initial,
    set: (key, height, value) => {
      const known = values.get(key) ?? [];
      values.set(key, known);
      const last = known.at(-1);
      if (last?.height === height) {
        const before = last.value;
        trying?.push(() => {
          last.value = before;
        });
        last.value = value;
      } else {
        trying?.push(() => {
          known.pop();
          changed.pop();
        });
        known.push({ height, value });
        changed.push({ height, key });
      }
    },
    trial: () => {
      const undos: (() => void)[] = [];
      trying = undos;
      return () => {
        trying = null;
        for (const undo of undos.toReversed()) undo();
      };
    },
    rewind: (height) => {
      for (let last = changed.at(-1); last !== undefined && last.height > height; ) {
        values.get(last.key)?.pop();
        changed.pop();
        last = changed.at(-1);
      }
    },
  };
}
