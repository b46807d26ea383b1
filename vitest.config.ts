import { defineConfig } from "vitest/config";

/** Tests that take real programs, browsers, sockets or disks, or a second and more: too slow for `npm run check`. */
const slow = [
  "test/faults/**/*.test.{ts,tsx}",
  "test/e2e/**/*.test.{ts,tsx}",
  "test/catcher/*.test.ts",
  "test/cli/{doctor,formats,spool}.test.ts",
  "test/main/history/*.test.ts",
  "test/main/sources/contract/*.test.ts",
  "test/main/sources/{export-format,intake,simulator,unified-log}.test.ts",
  "test/main/sources/file/file.test.ts",
  "test/main/spool/{damage,known-errors,retention}.test.ts",
  "test/main/uploader/{ledger,rejected,uploader,uploads,waiting}.test.ts",
  "test/shared/grinder/whole-logs.test.ts",
];

/** Tests in which a program races with another one, or a person's patience with a window: nothing else may take the machine from them. */
const alone = [
  "test/e2e/window.test.ts",
  "test/faults/{file-listing,file-source,journald}.test.ts",
  "test/main/sources/{followed-places,journald}.test.ts",
];

export default defineConfig({
  test: {
    setupFiles: ["test/support/loopback-only.ts"],
    // No test asserts a time; this only ends one that hangs, on however slow a machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        // All cores: by default one is left idle, which is half of a machine with two.
        test: { name: "fast", include: ["test/**/*.test.{ts,tsx}"], exclude: [...slow, ...alone], maxWorkers: "100%" },
      },
      {
        extends: true,
        // Real processes, real browsers: they mostly wait, so two files at a time, whatever the number of cores.
        test: {
          name: "slow",
          include: slow,
          exclude: alone,
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000 },
      },
    ],
  },
});
