// `npm run soak [kills] [seed]`: kills agents, catcher and compaction a thousand times, with a bad network between them, and judges what is left.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { killAgainAndAgain } from "./kills.ts";

const [kills = 1_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
if (![kills, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error("usage: npm run soak [kills] [seed], both whole numbers");
  process.exit(2);
}
const agents = 3;
const folder = mkdtempSync(path.join(tmpdir(), "gristmill-soak-"));
console.log(`${kills} kills, seed ${seed}, in ${folder}`);
let told = 0;
const progress = (count: number) => {
  if (count < told + 25) return;
  told = count;
  console.log(`${count} of ${kills} kills`);
};
try {
  const { atPoints, faults, lines, receipts } = await killAgainAndAgain({ folder, kills, seed, agents, progress });
  console.log(
    `${lines} lines, each at the catcher once and in order, and the same in the spool; ${receipts} receipts, all kept. ` +
      `Kills at fault points: ${JSON.stringify(atPoints)}. Connections: ${JSON.stringify(faults)}`,
  );
  rmSync(folder, { recursive: true });
} catch (error) {
  console.error(`FAILED with seed ${seed}; everything is in ${folder}.`, error);
  process.exitCode = 1;
}
