import type { ChildProcess } from "node:child_process";

/** Ends a child with this process, however that ends short of kill -9: it would run on, and hold its port. */
export function endsWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}
