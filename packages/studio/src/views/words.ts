/** What the lists of a table's columns are called on the page. */
export const textsIn = "Texts in";
export const classesIn = "Classes in";

/** A message of the command line, in the names that the page has for its options. */
export function onPage(message: string): string {
  return message
    .replace(/,? or (name )?two of pairs with --text a,b/g, "")
    .replace(/\(others are named with --text and --(label|columns)\)/g, "(others can be chosen)")
    .replace(/--text/g, `“${textsIn}”`)
    .replace(/--(label|columns)/g, `“${classesIn}”`);
}
