// `npm run bench`: one table, with the machine and the commit on it. Compare rows of one run, not runs.
import { execFileSync } from "node:child_process";
import os from "node:os";
import { backfillBench } from "./backfill-bench.ts";
import { catcherBench } from "./catcher-bench.ts";
import type { Figure } from "./figure.ts";
import { grindBench } from "./grind-bench.ts";
import { historyBench } from "./history-bench.ts";
import { idleBench } from "./idle-bench.ts";
import { latencyBench } from "./latency-bench.ts";
import { memoryBench } from "./memory-bench.ts";
import { pipelineBench } from "./pipeline-bench.ts";
import { ratesBench } from "./rates-bench.ts";
import { recoveryBench } from "./recovery-bench.ts";
import { rivalsBench } from "./rivals-bench.ts";
import { spoolBench } from "./spool-bench.ts";
import { storeBench } from "./store-bench.ts";
import { togetherBench } from "./together-bench.ts";

const benches: readonly { readonly name: string; readonly run: () => Promise<readonly Figure[]> }[] = [
  { name: "grinder", run: grindBench },
  { name: "rivals", run: rivalsBench },
  { name: "latency", run: latencyBench },
  { name: "memory", run: memoryBench },
  { name: "spool", run: spoolBench },
  { name: "rates", run: ratesBench },
  { name: "recovery", run: recoveryBench },
  { name: "history", run: historyBench },
  { name: "idle", run: idleBench },
  { name: "backfill", run: backfillBench },
  { name: "pipeline", run: pipelineBench },
  { name: "catcher", run: catcherBench },
  { name: "together", run: togetherBench },
  { name: "store", run: storeBench },
];

const asked = process.argv.slice(2);
const chosen = benches.filter((bench) => asked.length === 0 || asked.includes(bench.name));
if (chosen.length === 0) {
  console.error(`There is no such bench; these there are: ${benches.map((bench) => bench.name).join(", ")}`);
  process.exit(2);
}
const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
console.log(
  `${os.cpus()[0]?.model ?? "unknown processor"}, ${os.cpus().length} cores, ${os.type()} ${os.release()}, Node ${process.version}, commit ${commit}\n`,
);
for (const bench of chosen) {
  for (const { what, figure } of await bench.run()) console.log(`${what.padEnd(64)} ${figure}`);
}
