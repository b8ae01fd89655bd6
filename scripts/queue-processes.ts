/** The processes of a sweep by a queue, as a user starts them, and what may happen to them. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { endsWithUs } from "./ends-with-us.js";
import { inRepository } from "./paths.js";

const main = inRepository("packages/taskhead/dist/main.js");

/** A command that runs, what it said so far, and how it ends: its exit code, or null by a signal. */
export interface Running {
  process: ChildProcess;
  said(): string;
  ended: Promise<number | null>;
}

export function taskhead(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  endsWithUs(child);
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { process: child, said: () => text, ended };
}

/**
 * Begins to watch how much processor time some processes take, and those that they start.
 * @returns gives the seconds so far, to half a second for what has ended; 0 where the system has no /proc
 */
export function processorTime(all: readonly Running[]): () => number {
  const roots = all.map((one) => one.process.pid!);
  const taken = new Map<number, number>();
  const look = (): void => {
    const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
    const pairs = (stdout ?? "")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    const own = pairs.filter(([pid, parent]) => roots.includes(pid!) || roots.includes(parent!)).map(([pid]) => pid!);
    for (const pid of own)
      try {
        // After the name in brackets: utime and stime, in hundredths of a second.
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
        taken.set(pid, (Number(fields[11]) + Number(fields[12])) / 100);
      } catch {
        // It has ended, or there is no /proc.
      }
  };
  const looking = setInterval(look, 500);
  return () => {
    look();
    clearInterval(looking);
    return [...taken.values()].reduce((a, b) => a + b, 0);
  };
}

/** Stands between a worker and the server: as a cable that can be pulled, and put back. */
export interface Cable {
  readonly port: number;
  pull(): void;
  mend(): void;
  close(): void;
}

export async function cableTo(port: () => number): Promise<Cable> {
  const open = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    // What is sent into a cut cable is lost: nobody is told.
    if (pulled) return void open.add(near.on("error", () => {}));
    const far = connect(port(), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (bytes) => void (pulled || to.write(bytes)));
      from.on("error", () => to.destroy());
      from.on("close", () => (to.destroy(), open.delete(from)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => open.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as { port: number }).port,
    pull: () => void (pulled = true),
    mend() {
      pulled = false;
      cut();
    },
    close() {
      cut();
      server.close();
    },
  };
}
