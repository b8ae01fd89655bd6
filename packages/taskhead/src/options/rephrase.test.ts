import { stat } from "node:fs/promises";
import { ModelError } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { UserError } from "../files/errors.js";
import { asFlags, asNames, inNames, withNames, type Rephrase } from "./rephrase.js";

async function told(rephrase: Rephrase, message: string): Promise<string> {
  const error: unknown = await rephrase("m.onnx", () => Promise.reject(new ModelError(message))).catch(
    (e: unknown) => e,
  );
  return (error as Error).message;
}

const [unknown, without, input] = [
  "Det 'd': this operator is not supported; give rules for it (option `operators`), or export the model without it",
  "Det 'd': this operator has no gradient; give it one (option `operators`), or train only what comes after it; it lies on the path Det 'd' → loss",
  "Det 'd': its input 0 ('x') has no gradient; differentiate by less, or give a gradient (option `operators`)",
];

test("a command line is offered no rules for operators, which only a program can give", async () => {
  expect(await told(asFlags, unknown)).toBe("Det 'd': this operator is not supported; export the model without it");
  expect(await told(asFlags, without)).toBe(
    "Det 'd': this operator has no gradient; train only what comes after it (--freeze-until); it lies on the path Det 'd' → loss",
  );
  expect(await told(asFlags, input)).toBe("Det 'd': its input 0 ('x') has no gradient; differentiate by less");
  for (const message of [unknown, without, input]) expect(await told(asNames, message)).toBe(message);
});

test("a command line is told flags for options", async () => {
  expect(await told(asFlags, "choose one by option freezeUntil, or by option other")).toBe(
    "choose one by option --freeze-until, or by option other".replace("option --", "--"),
  );
});

test("a program is told names for flags", async () => {
  expect(withNames("runs/my--label has no column 'p'; name another with --label, or give --task multi-label")).toBe(
    "runs/my--label has no column 'p'; name another with option label, or give task multi-label",
  );
  expect(withNames("(--max-length sets it) --nothing --no-blends")).toBe("(maxLength sets it) --nothing blends");
  const refused = asNames("m.onnx", () => Promise.reject(new UserError("--epochs is 2 there and 3 here")));
  await expect(refused).rejects.toThrow(/^epochs is 2 there and 3 here$/);
});

test("a program is told in one line, whatever a path holds, and what the system refuses too", async () => {
  const missing = inNames(() => Promise.reject(new UserError("a\nb does not exist")));
  await expect(missing).rejects.toThrow(/^a\\u000ab does not exist$/);
  const long = inNames(() => stat("x".repeat(500)));
  await expect(long).rejects.toThrow(UserError);
  await expect(long).rejects.toThrow(/^x+: the name is too long; give a shorter one \(ENAMETOOLONG\)$/);
});
