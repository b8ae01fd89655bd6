import { color } from "echarts/dist/echarts.esm.min";

/**
 * The report's colours. Charts name them as CSS variables, so that dark mode and print restyle them without a script.
 * `winner` is the one accent and marks nothing but the chosen tau.
 */
export const colors = {
  paper: "var(--paper)",
  ink: "var(--ink)",
  muted: "var(--muted)",
  rule: "var(--rule)",
  winner: "var(--winner)",
  train: "var(--train)",
  validation: "var(--validation)",
  probing: "var(--probing)",
} as const;

interface Theme {
  /** from the shortest to the longest probing */
  ramp: string[];
  /** for classes, which have no order */
  classes: string[];
  variables: Record<keyof typeof colors | "page" | "wash" | "shade" | "empty", string>;
}

const light: Theme = {
  ramp: ["#3fa07f", "#2d8aa8", "#4166ab", "#3a2d6e"],
  classes: "#0077bb #cc4d00 #117733 #882255 #8a7b12 #332288 #c2456b #007d75 #5c5c5c #a02fa0".split(" "),
  variables: {
    page: "#f7f6f3",
    paper: "#ffffff",
    wash: "#fdf1ec",
    ink: "#20262e",
    muted: "#5b6572",
    rule: "#e3e2de",
    winner: "#c2491d",
    train: "#2f8f83",
    validation: "#3562a6",
    probing: "#727b89",
    shade: "rgb(25 35 55 / 28%)",
    empty: "#eeeeec",
  },
};

const dark: Theme = {
  ramp: ["#e0efc9", "#93d3bd", "#67a9d8", "#8b83dd"],
  classes: "#66b8ee #ff9d66 #5fc08a #e07fae #d6c95a #a49bf0 #ff9aa8 #48cdbd #bcbcbc #dd93dd".split(" "),
  variables: {
    page: "#14171b",
    paper: "#1c2026",
    wash: "#33231d",
    ink: "#e6e8eb",
    muted: "#a3adb9",
    rule: "#343a43",
    winner: "#ff8a5c",
    train: "#5cc2b2",
    validation: "#82aeea",
    probing: "#98a2b0",
    shade: "rgb(0 0 0 / 75%)",
    empty: "#272c34",
  },
};

/** The colour of the index-th of the fine-tuned taus. */
export function tauColor(index: number): string {
  return `var(--tau-${index})`;
}

/** As many classes as can be told apart by colour. */
export const CLASS_COLORS = light.classes.length;

/** The colour of the index-th class. */
export function classColor(index: number): string {
  return `var(--class-${index})`;
}

/** Of a set from elsewhere, by its place among those: colours that stand for nothing else beside it, the accent least of all. */
export function oodColor(index: number): string {
  return classColor((index + 3) % CLASS_COLORS);
}

/** The CSS that defines every colour, light, dark and (always light) in print, for `taus` fine-tuned taus. */
export function paletteCss(taus: number): string {
  return [
    `:root { color-scheme: light dark; ${variables(light, taus)} }`,
    `@media (prefers-color-scheme: dark) { :root { ${variables(dark, taus)} } }`,
    `@media print { :root { color-scheme: light; ${variables(light, taus)} } }`,
  ].join("\n");
}

function variables(theme: Theme, taus: number): string {
  const named = Object.entries(theme.variables).map(([name, value]) => `--${name}: ${value};`);
  const ramp = Array.from({ length: taus }, (_, index) => {
    const position = taus === 1 ? 0.5 : index / (taus - 1);
    return `--tau-${index}: ${color.lerp(position, theme.ramp) as string};`;
  });
  const classes = theme.classes.map((value, index) => `--class-${index}: ${value};`);
  return [...named, ...ramp, ...classes].join(" ");
}
