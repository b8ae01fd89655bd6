import { expect, test, vi } from "vitest";
import { loadRdkit } from "./rdkit.js";

vi.mock("@rdkit/rdkit", () => {
  throw new Error("there is no such package");
});

test("where RDKit is missing, a line says what to install", async () => {
  await expect(loadRdkit()).rejects.toThrow(
    /^molecules are read by @rdkit\/rdkit, which cannot be loaded \([^\n]*\); install it beside taskhead: npm install @rdkit\/rdkit$/,
  );
});
