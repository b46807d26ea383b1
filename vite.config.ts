import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// There is one window, the one that ships: tests, which run with NODE_ENV=test, build and see the same.
process.env.NODE_ENV = "production";

export default defineConfig({
  root: fileURLToPath(new URL("renderer", import.meta.url)),
  // Relative: the same files are served over HTTP and from the desktop app's own scheme.
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "es2023",
    // The content security policy allows no data: addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_200,
  },
});
