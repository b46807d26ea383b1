// Runs `node <args>` on the packaged Node 24, first on PATH for everything below it too, and leaves with its exit code.
import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { node24, projectRoot } from "./node24.mjs";

const node = node24();
if (node === undefined) {
  console.error("Gristmill needs Node 24, which `npm ci` brings as a package. Run `npm ci` first.");
  process.exit(1);
}
const child = spawn(node, process.argv.slice(2), {
  cwd: projectRoot,
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
