/** A path with `/`, without `.` and what `..` undoes: `./a\b/../1.png` is `a/1.png`; of what is left of nothing `.`. */
export function plainPath(path: string): string {
  const whole = path.replaceAll("\\", "/");
  const root = whole.startsWith("/") ? "/" : "";
  const parts: string[] = [];
  for (const part of whole.split("/"))
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "" && part !== "." && !(part === ".." && root !== "")) parts.push(part);
  if (parts.length === 0) return root || ".";
  return `${root}${parts.join("/")}${whole.endsWith("/") ? "/" : ""}`;
}

/** Whether a path would lie elsewhere than in the folder that it is relative to. @param path as `plainPath` gives it */
export function leaves(path: string): boolean {
  return /^(\/|\.\.(\/|$)|[a-z]:)/i.test(path);
}
