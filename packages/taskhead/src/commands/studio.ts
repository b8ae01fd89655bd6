import { spawn } from "node:child_process";
import { serveStudio } from "../studio/serve.js";
import type { Context } from "./context.js";

export interface StudioOptions {
  /** 0 for any that is free. */
  port: number;
  open: boolean;
}

/** `taskhead studio`: serves the page that fine-tunes in a browser tab, on this machine alone, until Ctrl-C. */
export async function studioCommand(
  { port, open: opens }: StudioOptions,
  { print, signal }: Pick<Context, "print" | "signal">,
): Promise<void> {
  const { server, address } = await serveStudio(port);
  print(`studio: ${address} (Ctrl-C ends it)`);
  if (opens) open(address);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  server.closeAllConnections();
  server.close();
}

/** In the browser, where the system says how; where it does not, the address is told. */
function open(address: string): void {
  const [command, args] = (
    { darwin: ["open", [address]], win32: ["cmd", ["/c", "start", "", address]] } as Partial<
      Record<NodeJS.Platform, [string, string[]]>
    >
  )[process.platform] ?? ["xdg-open", [address]];
  spawn(command, args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
