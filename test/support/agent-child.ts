// The agent without a window, as a process of its own, to be killed: the whole of app.ts with small segments. Its first argument is its options.
import { flushCompileCache } from "node:module";
import { type AppOptions, startApp } from "../../main/app.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as Pick<
  AppOptions,
  "dataDir" | "sources" | "catchers" | "spool" | "history"
>;
const app = await startApp({
  version: "0.0.0",
  shell: "headless",
  program: "gristmill",
  directory: "off",
  notice: null,
  demo: false,
  ...options,
});
process.once("SIGTERM", () => void app.close().then(() => process.exit(0)));
process.stdout.write("ready\n");
flushCompileCache(); // One that is killed would not leave it to the next.
