/** Milliseconds that something changes for before it is told: what was typed, or recorded, a moment ago is seldom all. */
const rest = 1000;

/**
 * Passes on what it hears, the newest of it, a moment after it began to change and then no oftener than every so many milliseconds.
 * What was told last is not told again.
 */
export function rarely(tell: (text: string) => void, apart: number): (text: string) => void {
  let told: { readonly text: string; readonly at: number } = { text: "", at: -Infinity };
  let newest = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (text) => {
    newest = text;
    timer ??= setTimeout(
      () => {
        timer = undefined;
        if (newest === told.text) return;
        told = { text: newest, at: Date.now() };
        tell(newest);
      },
      Math.max(rest, told.at + apart - Date.now()),
    );
  };
}
