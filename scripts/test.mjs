// `npm test`: sets up whatever is missing, then the fast checks, then the tests with real processes and a real browser. CI runs this.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureDependencies } from "./dependencies.mjs";
import { node24, projectRoot } from "./node24.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureDependencies();
ensureSystemPackages();
const run = (...args) => {
  const { status } = spawnSync(node24(), [join(projectRoot, "scripts", "with-node24.mjs"), ...args], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
};
run("scripts/build.mjs");
run("scripts/check.mjs");
for (const project of ["slow", "alone"]) run(join("node_modules", "vitest", "vitest.mjs"), "run", "--project", project);
