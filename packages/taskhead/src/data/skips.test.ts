import { expect, it } from "vitest";
import { heicReason, toldLost, ToldSkips } from "./skips.js";

it("what is skipped is told by name, of many the first; what the machine lacks once, with how many", () => {
  const said: string[] = [];
  const skips = new ToldSkips((text) => void said.push(text));
  for (let i = 0; i < 7; i++) skips.add(`${i}.png`, "broken");
  for (let i = 0; i < 3; i++) skips.add(`${i}.heic`, heicReason);
  expect(said).toEqual([0, 1, 2, 3, 4].map((i) => `${i}.png: broken`));
  skips.end(" of photos");
  expect(said.slice(5)).toEqual(["2 more of photos", `3 HEIC pictures, such as 0.heic: ${heicReason}`]);
  const lost = [
    { name: "a.heic", reason: heicReason },
    { name: "b.png", reason: "broken" },
  ];
  expect(toldLost(lost)).toEqual(["b.png: broken", `a.heic: ${heicReason}`]);
  expect(toldLost([...lost, lost[0]!])[1]).toMatch(/^2 HEIC pictures, such as a\.heic: it is HEIC/);
});
