/** What the runs have reached: for each move of a withdrawal, which faults struck between the move before and this one. */
import { type Call, type Fault, faultKinds } from './faults.ts';
import type { Move } from './moves.ts';

/** `requested → debiting`, by fault; `none` counts the moves that nothing disturbed. */
export type Coverage = Record<string, Partial<Record<Fault | 'none', number>>>;

export function watch() {
  const struck = new Map<string, Set<Fault>>();
  const coverage: Coverage = {};
  return {
    coverage,
    onFault: ({ ids }: Call, fault: Fault): void => {
      for (const id of ids) struck.set(id, (struck.get(id) ?? new Set()).add(fault));
    },
    onMove: ({ id, from, to }: Move): void => {
      const edge = `${from} → ${to}`;
      coverage[edge] ??= {};
      for (const fault of struck.get(id) ?? ['none' as const])
        coverage[edge][fault] = (coverage[edge][fault] ?? 0) + 1;
      struck.delete(id);
    },
  };
}

export function addUp(all: readonly Coverage[]): Coverage {
  const sum: Coverage = {};
  for (const one of all)
    for (const [edge, faults] of Object.entries(one))
      for (const [fault, count] of Object.entries(faults) as [Fault, number][]) {
        sum[edge] ??= {};
        sum[edge][fault] = (sum[edge][fault] ?? 0) + count;
      }
  return sum;
}

/** A table to look at: a line for each move, a column for each fault. */
export function tableOf(coverage: Coverage): string {
  const columns = ['none', ...faultKinds] as const;
  const edges = Object.keys(coverage).sort();
  const width = Math.max(20, ...edges.map((edge) => edge.length));
  const head = [''.padEnd(width), ...columns.map((one) => one.padStart(14))].join('');
  const lines = edges.map((edge) =>
    [
      edge.padEnd(width),
      ...columns.map((one) => String(coverage[edge]?.[one] ?? '·').padStart(14)),
    ].join(''),
  );
  return [head, ...lines].join('\n');
}

/** Steps that ask nobody but DynamoDB and the brokerage about one thing at a time: neither is ever behind (faults.ts). */
const askNobodyElse: readonly string[] = [
  'new → requested',
  'requested → reserved',
  'requested → debiting',
  'debiting → reserved',
  'confirmed → settled',
  'refunding → refunded',
  'refunding → cancelled',
];
/** The moves that every fault has to have struck. */
const main = [
  'new → requested',
  'requested → reserved',
  'reserved → converting',
  'converting → converted',
  'converted → signed',
  'signed → broadcast',
  'broadcast → confirmed',
  'confirmed → settled',
  'requested → debiting',
  'debiting → reserved',
  'refunding → refunded',
  'refunding → cancelled',
] as const;

/** Moves that no run has come to, or that nothing struck. */
export const unmoved = (coverage: Coverage): string[] =>
  main.filter((edge) => faultKinds.every((fault) => coverage[edge]?.[fault] === undefined));

/** Cells of the table that no run has come to, and should have. */
export const unreached = (coverage: Coverage): string[] =>
  main.flatMap((edge) =>
    faultKinds
      .filter((fault) => coverage[edge]?.[fault] === undefined)
      .filter((fault) => fault !== 'stale' || !askNobodyElse.includes(edge))
      .map((fault) => `${edge} with ${fault}`),
  );
