/** Reads CSV as RFC 4180 has it: quotes, commas and line ends inside them, and either line end. */

export type Row = { line: number; cells: string[] };
export type Csv = { rows: Row[] } | { line: number; wrong: string };

/** The rows that are not empty, each with the line on which it begins. What cannot be read is told with its line. */
export function csvRows(text: string): Csv {
  const rows: Row[] = [];
  const cellEnd = /[,\r\n]/g;
  let [line, at] = [1, text.startsWith('\ufeff') ? 1 : 0];
  while (at < text.length) {
    const row: Row = { line, cells: [] };
    for (;;) {
      if (text[at] === '"') {
        const begun = line;
        let cell = '';
        for (at += 1; ; at++) {
          if (at >= text.length)
            return { line: begun, wrong: 'a quote is opened and never closed' };
          if (text[at] === '"' && text[at + 1] === '"') at += 1;
          else if (text[at] === '"') break;
          if (text[at] === '\n') line += 1;
          cell += text[at];
        }
        at += 1;
        if (at < text.length && !/[,\r\n]/.test(text[at] ?? ''))
          return { line, wrong: 'something follows a quote that was closed' };
        row.cells.push(cell);
      } else {
        cellEnd.lastIndex = at;
        const end = cellEnd.exec(text)?.index ?? text.length;
        const cell = text.slice(at, end);
        if (cell.includes('"')) return { line, wrong: 'a quote stands inside of a cell' };
        row.cells.push(cell.trim());
        at = end;
      }
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    if (row.cells.some((cell) => cell !== '')) rows.push(row);
  }
  return { rows };
}
