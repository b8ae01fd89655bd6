import Table from "cli-table3";
import stringWidth from "string-width";
import { visibleLine } from "../words/visible.js";

/** How a table is laid out. */
export interface Layout {
  /** Places of columns of text, which begin on the left. */
  left?: readonly number[];
  /** Of the terminal, in columns: texts on the left are cut until the table fits. Nothing is cut unless given. */
  width?: number;
}

/** What two columns are apart. */
const gap = "  ";

/** Rows under a head, aligned however wide their characters are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], layout: Layout = {}): string {
  const { left = [], width = Infinity } = layout;
  const [shownHead, ...shownRows] = [head, ...rows].map((row) => row.map(visibleLine)) as [string[], ...string[][]];
  const widths = cutTo(width, widthsOf([shownHead, ...shownRows]), left);
  const cells = shownRows.map((row) => row.map((cell, i) => (left.includes(i) ? cut(cell, widths[i]!) : cell)));
  const made = new Table({
    head: [...shownHead],
    colAligns: head.map((_, column) => (left.includes(column) ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: gap,
    },
  });
  // A table of many rows has more than a call can have arguments.
  for (const row of cells) made.push(row);
  return made.toString().replace(/ +$/gm, "");
}

/** A column that may be left out. */
export interface Column {
  head: string;
  cells: readonly string[];
  left?: boolean;
}

/**
 * As many columns as fit side by side.
 * @param columns in the order of the table, the key of each its rank: of those that do not fit the highest go first
 * @returns the table, and the heads of the columns that it lacks
 */
export function fittingTable(
  columns: readonly (Column & { rank: number })[],
  width: number,
): { text: string; hidden: string[] } {
  const shown = [...columns];
  const hidden: string[] = [];
  const needed = (): number =>
    widthsOf(rowsOf(shown)).reduce((sum, one) => sum + one, 0) + gap.length * (shown.length - 1);
  while (shown.length > 1 && needed() > width) {
    const last = shown.reduce((a, b) => (b.rank > a.rank ? b : a));
    shown.splice(shown.indexOf(last), 1);
    hidden.push(last.head.trim());
  }
  const [head, ...rows] = rowsOf(shown);
  return { text: table(head!, rows, { left: shown.flatMap(({ left }, i) => (left ? [i] : [])) }), hidden };
}

function rowsOf(columns: readonly Column[]): string[][] {
  const [first] = columns;
  return [columns.map(({ head }) => head), ...first!.cells.map((_, i) => columns.map(({ cells }) => cells[i]!))];
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return rows[0]!.map((_, i) => rows.reduce((widest, row) => Math.max(widest, stringWidth(row[i]!)), 0));
}

/** No text is cut below so many columns. */
const narrowest = 8;

/** Takes from the widest texts, column by column, until all fit or none can be cut further. */
function cutTo(width: number, widths: readonly number[], left: readonly number[]): number[] {
  const cut = [...widths];
  let over = cut.reduce((sum, one) => sum + one, 0) + gap.length * (cut.length - 1) - width;
  while (over > 0) {
    const widest = left.reduce((a, b) => (cut[b]! > cut[a]! ? b : a), left[0] ?? 0);
    if (left.length === 0 || cut[widest]! <= narrowest) break;
    cut[widest]!--;
    over--;
  }
  return cut;
}

const graphemes = new Intl.Segmenter();

/** A text of at most `width` columns: of a path the end is what tells, of the rest the beginning. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const path = /[/\\]/.test(text);
  const all = Array.from(graphemes.segment(text), ({ segment }) => segment);
  let kept = "";
  for (const one of path ? all.reverse() : all) {
    if (stringWidth(kept) + stringWidth(one) + 1 > width) break;
    kept = path ? one + kept : kept + one;
  }
  return path ? `…${kept}` : `${kept}…`;
}
