// The dependency rule of ARCHITECTURE.md, checked on every import of every file.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..");

/** Which top folders a top folder may import, besides itself. */
const mayImport: Record<string, readonly string[]> = {
  shared: [],
  log: ["shared"],
  main: ["shared", "log"],
  catcher: ["shared", "log"],
  renderer: ["shared", "assets"],
  cli: ["shared", "log", "main", "catcher"],
};

const folderReason: Record<string, string> = {
  shared: "shared/ is pure and runs anywhere, so it may depend on nothing that does not",
  log: "log/ is the one segment code of spool and catcher: it may know neither",
  main: "main/ works without a window and without a catcher: those reach it over RPC and over sockets",
  catcher: "the catcher deploys alone",
  renderer: "the window knows the contract, not who answers it",
  cli: "cli/ puts the parts together",
};

interface PackageRule {
  readonly of: RegExp;
  readonly only: RegExp;
  readonly reason: string;
}

const packageRules: readonly PackageRule[] = [
  {
    of: /^(node:|ws$|fastify$)/,
    only: /^(log|main|catcher|cli)\//,
    reason: "shared/ and renderer/ run in a browser: no Node there",
  },
  {
    of: /^electron$/,
    only: /^main\/shells\/electron\//,
    reason: "only the Electron shell may know Electron, so that everything else runs and is tested without it",
  },
  {
    of: /^node-pty$/,
    only: /^main\/platform\/pty\.ts$/,
    reason: "its native part is not there on every system, so one place loads it, when it is needed",
  },
  {
    of: /^cytoscape/,
    only: /^renderer\/graph\//,
    reason: "one folder owns the drawing library, so that it can be replaced",
  },
  {
    of: /^(react|react-dom|@mantine\/|zustand|@tabler\/|@tanstack\/)/,
    only: /^renderer\//,
    reason: "React lives in the window",
  },
];

interface Import {
  readonly file: string;
  readonly target: string;
}

/** `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")`. */
const importPattern = /(?:\bfrom\s*|(?:^|\n)\s*import\s*|\bimport\(\s*)["']([^"'\n]+)["']/g;

async function importsOf(folder: string): Promise<Import[]> {
  const found: Import[] = [];
  for await (const file of glob(`${folder}/**/*.{ts,tsx}`, { cwd: root })) {
    const text = readFileSync(path.join(root, file), "utf8");
    for (const match of text.matchAll(importPattern)) {
      found.push({ file: file.replaceAll("\\", "/"), target: match[1] ?? "" });
    }
  }
  return found;
}

function broken({ file, target }: Import): string | undefined {
  if (!target.startsWith(".")) {
    const rule = packageRules.find((candidate) => candidate.of.test(target) && !candidate.only.test(file));
    return rule && `${file} imports ${target}: ${rule.reason}`;
  }
  const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(file), target));
  const [from = "", to = ""] = [file.split("/")[0], resolved.split("/")[0]];
  if (from === to || mayImport[from]?.includes(to)) return undefined;
  return `${file} imports ${resolved}: ${folderReason[from]}`;
}

test.each(Object.keys(mayImport))("%s/ imports only what lies below it", async (folder) => {
  const imports = await importsOf(folder);
  expect(imports.map(broken).filter((sentence) => sentence !== undefined)).toEqual([]);
});

test("the rule itself catches a sideways import, a browser file that uses Node, and a stray electron", () => {
  const wrong = [
    { file: "main/app.ts", target: "../catcher/server.ts" },
    { file: "shared/entry.ts", target: "node:fs" },
    { file: "main/app.ts", target: "electron" },
    { file: "main/sources/stdin.ts", target: "node-pty" },
    { file: "renderer/panels/log.tsx", target: "../../main/app.ts" },
    { file: "renderer/panels/peers.tsx", target: "cytoscape" },
  ];
  expect(wrong.map(broken).filter((sentence) => sentence !== undefined)).toHaveLength(wrong.length);
});

test("no file is left without a folder of the rule", async () => {
  const outside: string[] = [];
  for await (const file of glob("*.{ts,tsx}", { cwd: root })) if (!file.endsWith(".config.ts")) outside.push(file);
  expect(outside).toEqual([]);
});
