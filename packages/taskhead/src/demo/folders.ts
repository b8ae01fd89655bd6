import { existsSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { writeFileAtomic } from "../files/atomic.js";
import { drawChalk, side, targetClasses } from "./draw.js";

/** Few labels to learn from, more to judge by. */
const perClass = { train: 20, validation: 50, test: 50 };

export type Role = keyof typeof perClass;

/** Draws the demo's target task into `root/<role>/<class>/NN.png`, unless it is there already. */
export async function drawFolders(root: string, seed: number): Promise<Record<Role, string>> {
  const roles = Object.keys(perClass) as Role[];
  for (const [r, role] of roles.entries())
    for (const kind of targetClasses)
      for (let i = 0; i < perClass[role]; i++) {
        const file = join(root, role, kind, `${String(i).padStart(2, "0")}.png`);
        if (existsSync(file)) continue;
        const pixels = await drawChalk(kind, seed, 1000 * r + i);
        writeFileAtomic(
          file,
          await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
            .png()
            .toBuffer(),
        );
      }
  return { train: join(root, "train"), validation: join(root, "validation"), test: join(root, "test") };
}
