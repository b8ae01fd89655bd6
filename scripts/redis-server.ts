import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { endsWithUs } from "./ends-with-us.js";

/** Whether the machine has Redis, as distributions package it. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

export interface RedisServer {
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server on a port of this machine that nobody else has. @param folder for what it keeps */
export async function startRedis(folder: string, more: string[] = [], port = 0): Promise<RedisServer> {
  const own = port || (await freePort());
  const where = ["--port", String(own), "--bind", "127.0.0.1", "--dir", folder];
  const server = spawn("redis-server", [...where, "--save", "", ...more], { stdio: "ignore" });
  endsWithUs(server);
  await listening(own, server);
  return {
    port: own,
    stop: (signal = "SIGTERM") =>
      new Promise((resolve) => {
        if (server.exitCode !== null || server.signalCode !== null) return resolve();
        server.once("exit", () => resolve());
        server.kill(signal);
      }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** While it lives it is waited for: where others take the processor it may take any time. */
async function listening(port: number, server: ChildProcess): Promise<void> {
  while (server.exitCode === null && server.signalCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, "127.0.0.1");
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`redis-server does not listen on port ${port}`);
}
