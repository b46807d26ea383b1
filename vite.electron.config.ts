// The Electron shell: dist/electron/main.js and dist/electron/preload.cjs. Electron runs no TypeScript, so these two are built.
//
// Packages stay outside (Node finds them in node_modules, in a checkout as in a packaged app): the desktop app then runs the very packages that
// `gristmill run` and the tests run, and fastify and ws, which load parts of themselves by name, need no bundler's understanding.
import { defineConfig, type EnvironmentOptions } from "vite";

interface Part {
  readonly entry: string;
  readonly file: string;
  readonly format: "es" | "cjs";
}

function part({ entry, file, format }: Part): EnvironmentOptions {
  return {
    consumer: "server",
    resolve: { builtins: ["electron", /^node:/], external: true },
    build: {
      target: "node24",
      outDir: "dist/electron",
      emptyOutDir: false, // Each part would take the other one away.
      copyPublicDir: false,
      minify: false,
      sourcemap: true,
      rolldownOptions: { input: entry, output: { format, entryFileNames: file } },
    },
  };
}

const desktop = part({ entry: "cli/desktop.ts", file: "main.js", format: "es" });
// A sandboxed preload is CommonJS: https://www.electronjs.org/docs/latest/tutorial/esm
const preload = part({ entry: "main/shells/electron/preload.ts", file: "preload.cjs", format: "cjs" });

export default defineConfig({
  environments: { desktop, preload },
  builder: {
    async buildApp(builder) {
      for (const name of ["desktop", "preload"]) {
        const environment = builder.environments[name];
        if (environment !== undefined) await builder.build(environment);
      }
    },
  },
});
