import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { windowProtocol, windowScheme } from "../../../../main/shells/electron/security.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** A built window with a secret beside its folder, and one in a folder whose name begins like it. */
function protocol(): (request: Request) => Promise<Response> {
  const parent = tempFolder();
  for (const [folder, file, text] of [
    ["renderer", "index.html", "<!doctype html>the window"],
    ["renderer/assets", "index.js", "console.warn(1)"],
    ["renderer/assets", "notes.txt", "not for the page"],
    ["renderer-secrets", "secret.html", "secret"],
    [".", "secret.html", "secret"],
  ] as const) {
    mkdirSync(path.join(parent, folder), { recursive: true });
    writeFileSync(path.join(parent, folder, file), text);
  }
  return windowProtocol(path.join(parent, "renderer"));
}

const ask = async (url: string, method = "GET") => {
  const response = await protocol()(new Request(url, { method }));
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
};

test("the scheme gives the page an origin and no privilege over the policy", () => {
  expect(windowScheme).toEqual({
    scheme: "app",
    privileges: { standard: true, secure: true, supportFetchAPI: true },
  });
});

test("the window's files are served with their types", async () => {
  expect([await ask("app://gristmill/"), await ask("app://gristmill/assets/index.js?v=1")]).toEqual([
    { status: 200, type: "text/html; charset=utf-8", body: "<!doctype html>the window" },
    { status: 200, type: "text/javascript; charset=utf-8", body: "console.warn(1)" },
  ]);
});

test("every answer carries the policy: own files only, and no connection anywhere", async () => {
  const answers = [
    await protocol()(new Request("app://gristmill/")),
    await protocol()(new Request("app://gristmill/no")),
  ];
  for (const answer of answers) {
    const { "content-type": _, ...headers } = Object.fromEntries(answer.headers);
    expect(headers).toEqual({
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
  }
});

test.each([
  "app://gristmill/../secret.html",
  "app://gristmill/%2e%2e/secret.html",
  "app://gristmill/..%2fsecret.html",
  "app://gristmill/%2e%2e%2fsecret.html",
  "app://gristmill/..%5csecret.html",
  "app://gristmill/assets/..%2f..%2fsecret.html",
  "app://gristmill/..%2frenderer-secrets%2fsecret.html",
  "app://gristmill//secret.html",
  "app://gristmill/%00.html",
  "app://gristmill/%E0%A4%A.html",
  "app://gristmill/assets/notes.txt",
  "app://gristmill/assets/",
  "app://gristmill/missing.html",
  "app://elsewhere/index.html",
  "app://gristmill.evil/index.html",
])("%s is nothing that the page can have", async (url) => {
  expect(await ask(url)).toEqual({
    status: 404,
    type: "text/plain; charset=utf-8",
    body: "There is no such file here.\n",
  });
});

test("nothing can be posted", async () => {
  expect((await ask("app://gristmill/", "POST")).status).toBe(405);
});
