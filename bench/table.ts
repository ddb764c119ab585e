export type Cell = string | number;

/** Prints rows as a Markdown table: text to the left, numbers to the right. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const cells = [header, ...rows].map((row) => row.map(format));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const isNumber = header.map((_, i) => rows.every((row) => typeof row[i] === 'number' || row[i] === ''));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => (isNumber[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (isNumber[i] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  const [first = [], ...others] = cells;
  console.log(`\n### ${title}\n\n${[line(first), rule, ...others.map(line)].join('\n')}`);
}

const format = (cell: Cell): string =>
  typeof cell === 'string' ? cell : cell.toLocaleString('en', { maximumFractionDigits: cell < 100 ? 1 : 0 });
