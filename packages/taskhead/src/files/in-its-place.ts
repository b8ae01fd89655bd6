/** Of a file so many bytes tell it. */
export const tellingBytes = 100;

/** What a download left where a model should be, or `what` else, and what helps; undefined of anything else. */
export function inItsPlace(bytes: Uint8Array, what = "model"): string | undefined {
  if (bytes.length === 0) return "is empty; fetch the file again";
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, tellingBytes)).trimStart().toLowerCase();
  if (head.startsWith("version https://git-lfs"))
    return `is a pointer of Git LFS, not the ${what} itself; fetch that with git lfs pull`;
  if (/^<(!doctype|html|\?xml|!--)/.test(head))
    return `is a web page, not a ${what}; download the file itself, from its raw address`;
  return undefined;
}
