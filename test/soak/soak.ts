// `npm run soak [kills] [seed]`: kills agent and catcher a thousand times and judges what is left.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { killAgainAndAgain } from "./kills.ts";

const [kills = 1_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
if (![kills, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error("usage: npm run soak [kills] [seed], both whole numbers");
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), "gristmill-soak-"));
console.log(`${kills} kills, seed ${seed}, in ${folder}`);
const progress = (count: number) => {
  if (count % 25 === 0) console.log(`${count} of ${kills} kills`);
};
try {
  const { atPoints, lines } = await killAgainAndAgain({ folder, kills, seed, progress });
  console.log(
    `${lines} lines, each at the catcher once and in order, and the same in the spool. Kills at fault points: ${JSON.stringify(atPoints)}`,
  );
  rmSync(folder, { recursive: true });
} catch (error) {
  console.error(`FAILED with seed ${seed}; everything is in ${folder}.`, error);
  process.exitCode = 1;
}
