/** A table. Where there is no room for it, each row is a card whose cells say what they are. */
import {
  type ComponentChildren,
  cloneElement,
  isValidElement,
  toChildArray,
  type VNode,
} from 'preact';

type Column = string | { name: string; end: true };
const nameOf = (column: Column): string => (typeof column === 'string' ? column : column.name);

export function Table({
  columns,
  label,
  children,
}: {
  columns: readonly Column[];
  label: string;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="table" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={nameOf(column)} scope="col" class={typeof column === 'string' ? '' : 'end'}>
                {nameOf(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {toChildArray(children).map((row) => (isValidElement(row) ? named(row, columns) : row))}
        </tbody>
      </table>
    </section>
  );
}

type WithChildren = VNode<{ children?: ComponentChildren }>;

/** The row, with the name of its column in each cell. */
function named(row: WithChildren, columns: readonly Column[]) {
  const cells = toChildArray(row.props.children).map((cell, index) =>
    isValidElement(cell)
      ? cloneElement(cell, { 'data-label': nameOf(columns[index] ?? '') } as object)
      : cell,
  );
  return cloneElement(row, {}, cells);
}
