import type { LoggedRun } from "../logged-run.js";
import { bool, bytes, double, int, message, text } from "../message.js";
import { pluginData } from "./events.js";

/** The plugin's `plugin_data.proto`: a session is a run, with its settings; TensorBoard finds columns and metrics by itself. */

const plugin = "hparams";

/** @param seconds since 1970 */
export function sessionStart(parameters: LoggedRun["parameters"], seconds: number): Uint8Array {
  // As maps are written: each pair a message.
  const pairs = Object.entries(parameters).map(([name, value]) =>
    bytes(1, message(text(1, name), bytes(2, anyValue(value)))),
  );
  return session("session_start_info", 3, message(...pairs, double(5, seconds)));
}

export function sessionEnd(ended: "finished" | "failed", seconds: number): Uint8Array {
  const status = ended === "finished" ? 1 : 2;
  return session("session_end_info", 4, message(int(1, status), double(2, seconds)));
}

function session(name: string, field: number, content: Uint8Array): Uint8Array {
  return pluginData(`_hparams_/${name}`, plugin, message(bytes(field, content)));
}

/** `google.protobuf.Value` */
function anyValue(value: string | number | boolean): Uint8Array {
  if (typeof value === "number") return message(double(2, value));
  return message(typeof value === "string" ? text(3, value) : bool(4, value));
}
