// The fast half of `npm test`: format and lint, the types of every folder, then architecture, unit and contract tests.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./node24.mjs";

const bin = (...parts) => join(projectRoot, "node_modules", ...parts);
const folders = ["shared", "log", "main", "catcher", "renderer", "cli", "test"].filter((folder) =>
  existsSync(join(projectRoot, folder)),
);

/** @returns {Promise<boolean>} whether the step passed; its output is printed whole once it has ended, so that steps can run side by side. */
function step(name, args) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
      if (code !== 0 || name === "tests") process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const types = async () => {
  let passed = true;
  for (const folder of folders)
    passed = (await step(`types of ${folder}/`, [bin("typescript", "bin", "tsc"), "-p", folder])) && passed;
  return passed;
};
const results = await Promise.all([
  step("format and lint", [bin("@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings", "."]),
  types(),
]);
results.push(await step("tests", [bin("vitest", "vitest.mjs"), "run", "--project", "fast"]));
process.exit(results.every(Boolean) ? 0 : 1);
