import { MISSING } from "../words/format.js";
import { commandLine, definitions, section } from "./html.js";

/** The section that says what a page's results were made of, and by which command. */
export function reproduceSection(
  facts: [string, string][],
  { options, command }: { options: Readonly<Record<string, string | number | boolean | null>>; command: string },
): string {
  const values = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    value === null ? MISSING : String(value),
  ]);
  return section(
    "settings",
    "Settings and how to reproduce",
    `${definitions(facts)}<h3>Options</h3>${definitions(values, "options")}<h3>Command</h3>${commandLine(command)}`,
  );
}
