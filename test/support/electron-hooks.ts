// For `node --import`: the module "electron" is the double.
import { registerHooks } from "node:module";

const double = new URL("./electron-module.ts", import.meta.url).href;
registerHooks({
  resolve: (name, context, next) => (name === "electron" ? { url: double, shortCircuit: true } : next(name, context)),
});
