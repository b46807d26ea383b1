#!/usr/bin/env node
// `node bin/gristmill.mjs …` on any Node from 20: moves itself to the packaged Node 24, which runs the TypeScript sources as they are.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { node24, projectRoot } from "../scripts/node24.mjs";
import { keepCompiled } from "./compile-cache.mjs";

if (Number(process.versions.node.split(".")[0]) >= 24) {
  keepCompiled();
  await import("../cli/gristmill.ts");
} else {
  const node = node24();
  if (node === undefined) {
    console.error(`Gristmill needs Node 24 or its own copy of it: run \`npm ci\` in ${projectRoot} first.`);
    process.exit(1);
  }
  // The channel closes however this process ends, SIGKILL included: cli/until-stopped.ts takes that for a request to stop.
  const stdio = ["inherit", "inherit", "inherit", "ipc"];
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}
