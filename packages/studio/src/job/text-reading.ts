import type { Tokenizer } from "@taskhead/core";
import type { Project } from "./project.js";

/** The name of a model's folder, which may say whose it is. */
export function folderOf({ backbone }: Pick<Project, "backbone">): string {
  return backbone.name.split("/").at(-1)!;
}

/** How long texts may be, and how many are longer; a sentence each. */
export function toldLengths({ maxLength: { tokens, from } }: Tokenizer, count: number, cut: number): string[] {
  return [
    `Texts are cut to ${tokens} tokens (${from}).`,
    ...(cut > 0 ? [`${cut} of ${count} texts are longer, and cut there.`] : []),
  ];
}

/** As they were given. */
export function keptTexts<T>(samples: Uint8Array): T[] {
  return JSON.parse(new TextDecoder().decode(samples)) as T[];
}
