/** What a write says about a withdrawal. */
import type { Row, Write } from './truth.ts';

/** A text in a row; empty when there is none. */
export const textOf = (row: Row | null, name: string): string => {
  const value = row?.[name];
  return value !== undefined && 'S' in value ? value.S : '';
};

export type Move = { id: string; from: string; to: string };

/** From which stage to which it brings its withdrawal, `new` before the first; null: it is of something else. */
export function moveOf({ table, before, after }: Write): Move | null {
  const pk = textOf(after, 'pk');
  if (table !== 'money' || !pk.startsWith('WD#') || textOf(after, 'sk') !== 'META') return null;
  const from = before === null ? 'new' : textOf(before, 'stage');
  return { id: pk.slice('WD#'.length), from, to: textOf(after, 'stage') };
}
