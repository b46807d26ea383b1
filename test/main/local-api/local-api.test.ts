// Where the daemon is found, on each system. Macs and Windows are doubles: files of the shape that the reference gives, below a root of the
// test's own, a lsof that prints what the real one would, and a server that checks Host, Origin and token as the daemon does.
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wholeText } from "../../../main/local-api/answer-text.ts";
import { type LocalApi, localApiAt, localApiOf } from "../../../main/local-api/local-api.ts";
import type { Machine } from "../../../main/local-api/place.ts";
import { pipe, windowsPipe } from "../../../main/local-api/windows-pipe.ts";
import { freePort } from "../../support/free-port.ts";
import { startLocalApi } from "../../support/local-api.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const never = new AbortController().signal;
const token = "0123456789abcdef0123";
const uid = process.getuid?.() ?? 0;

function machine(platform: NodeJS.Platform, change: Partial<Machine> = {}): Machine {
  return { platform, uid, root: tempFolder(), lsof: async () => "", ...change };
}

/** What lsof prints of an extension that holds its proof open, between other files. */
const lsofOf =
  (port: number, held = token) =>
  async (args: readonly string[]) =>
    args.join(" ") === `-n -a -u${uid} -c IPNExtension -F`
      ? `p512\nfcwd\nn/\nf4\nn/Users/alice/Library/Group Containers/W5364U7YZB.group.io.tailscale.ipn.macos/sameuserproof-${port}-${held}\nf5\nn/dev/null\n`
      : "";

/** A Mac with what the standalone app leaves in its folder. */
function standalone(port: number, content = `${token}\n`): Machine {
  const mac = machine("darwin");
  const folder = path.join(mac.root, "Library", "Tailscale");
  mkdirSync(folder, { recursive: true });
  symlinkSync(String(port), path.join(folder, "ipnport"));
  writeFileSync(path.join(folder, `sameuserproof-${port}`), content);
  return mac;
}

function socketBelow(root: string, place: string): string {
  mkdirSync(path.join(root, path.dirname(place)), { recursive: true });
  return path.join(root, place);
}

async function stateOf(localApi: LocalApi): Promise<unknown> {
  const { chunks, version } = await localApi.ask("status?peers=false", never);
  return [version?.split("-")[0], JSON.parse(await wholeText(chunks, 1_000_000)).BackendState];
}

const trouble = (localApi: LocalApi) =>
  stateOf(localApi).then(
    () => undefined,
    ({ kind, message }) => [kind, message],
  );

test.each([
  ["linux", "run/tailscale/tailscaled.sock"],
  ["linux", "var/packages/Tailscale/var/tailscaled.sock"],
  ["linux", "tmp/tailscale/tailscaled.sock"],
  ["freebsd", "var/run/tailscale/tailscaled.sock"],
  ["darwin", "var/run/tailscaled.socket"],
] as const)("on %s the socket %s is found and asked", async (platform, place) => {
  const here = machine(platform);
  await startLocalApi({ socket: socketBelow(here.root, place) });
  expect(await stateOf(localApiOf(here))).toEqual(["1.102.3", "Running"]);
});

test("a socket in a folder that anybody may write to is asked only if it is root's or ours", async () => {
  const here = machine("linux", { uid: uid === 0 ? 0 : uid + 1 });
  const theirs = await startLocalApi({ socket: socketBelow(here.root, "tmp/tailscale/tailscaled.sock") });
  if (uid === 0) chownSync(theirs.socket, 4_242, 4_242);
  expect([await trouble(localApiOf(here)), theirs.asked]).toEqual([
    ["missing", expect.stringContaining("There is no socket /run/tailscale/")],
    [],
  ]);
});

test("where there is no socket nothing is dialled, and the sentence names the usual place", async () => {
  expect(await trouble(localApiOf(machine("linux")))).toEqual([
    "missing",
    "There is no socket /run/tailscale/tailscaled.sock: start Tailscale (on Linux: sudo systemctl start tailscaled), or name the socket that it listens on.",
  ]);
});

test("on Windows the pipe is asked; a socket stands for it here", async () => {
  expect(await windowsPipe.find(machine("win32"))).toEqual([
    { name: pipe, connect: { socketPath: pipe }, token: null },
  ]);
  expect(localApiOf(machine("win32")).place).toBe(pipe);
  const { socket } = await startLocalApi();
  expect(await stateOf(localApiAt(socket))).toEqual(["1.102.3", "Running"]);
});

test("on a Mac the app of the App Store is asked with the token in the name of the file that it holds open", async () => {
  const { port, asked } = await startLocalApi({ token });
  const localApi = localApiOf(machine("darwin", { lsof: lsofOf(port) }));
  expect([await stateOf(localApi), localApi.place, asked]).toEqual([
    ["1.102.3", "Running"],
    `127.0.0.1:${port}`,
    ["status"],
  ]);
});

test("on a Mac the standalone app is asked with the token in the file that its link leads to", async () => {
  const { port } = await startLocalApi({ token });
  expect(await stateOf(localApiOf(standalone(port)))).toEqual(["1.102.3", "Running"]);
});

test("on a Mac the App Store's app comes before the standalone one, and that before the socket", async () => {
  const [store, alone] = [await startLocalApi({ token }), await startLocalApi({ token })];
  const mac = { ...standalone(alone.port), lsof: lsofOf(store.port) };
  const daemon = await startLocalApi({ socket: socketBelow(mac.root, "var/run/tailscaled.socket") });
  const localApi = localApiOf(mac);
  const askedOf = () => [store, alone, daemon].map(({ asked }) => asked.length);
  await stateOf(localApi);
  expect(askedOf()).toEqual([1, 0, 0]);
  await store.stop();
  await stateOf(localApi);
  await alone.stop();
  await stateOf(localApi);
  expect(askedOf()).toEqual([1, 1, 1]);
});

test("files that an app left behind lead nowhere: not to a port where nobody listens, nor to another program's", async () => {
  const nobody = standalone(await freePort());
  expect(await trouble(localApiOf(nobody))).toEqual([
    "missing",
    expect.stringContaining("Nobody listens on 127.0.0.1:"),
  ]);
  const other = createServer((connection) => connection.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => void other.close());
  const address = await new Promise<{ port: number }>((resolve) =>
    other.once("listening", () => resolve(other.address() as { port: number })),
  );
  const mac = standalone(address.port);
  const daemon = await startLocalApi({ socket: socketBelow(mac.root, "var/run/tailscaled.socket") });
  expect([await stateOf(localApiOf(mac)), daemon.asked]).toEqual([["1.102.3", "Running"], ["status"]]);
});

test.skipIf(uid === 0)("a token that only administrators may read is said to be one", async () => {
  const mac = standalone(41_112);
  chmodSync(path.join(mac.root, "Library", "Tailscale", "sameuserproof-41112"), 0o000);
  expect(await trouble(localApiOf(mac))).toEqual([
    "refused",
    expect.stringContaining("administrators of this Mac only"),
  ]);
});

test("a token is in no sentence and no name, whatever goes wrong", async () => {
  const { port } = await startLocalApi({ token: "ffffffffffffffffffff" });
  const localApi = localApiOf(machine("darwin", { lsof: lsofOf(port) }));
  const [kind, message] = (await trouble(localApi)) as [string, string];
  expect([kind, `${message}${localApi.place}`.includes(token)]).toEqual(["in-use", false]);
});

test("where it answered last is asked without looking again; when nobody listens there any more it is looked for", async () => {
  let looks = 0;
  const first = await startLocalApi({ token });
  let port = first.port;
  const lsof: Machine["lsof"] = (args) => {
    looks += 1;
    return lsofOf(port)(args);
  };
  const localApi = localApiOf(machine("darwin", { lsof }));
  await stateOf(localApi);
  await stateOf(localApi);
  expect(looks).toBe(1);
  await first.stop();
  port = (await startLocalApi({ token })).port;
  expect([await stateOf(localApi), localApi.place, looks]).toEqual([["1.102.3", "Running"], `127.0.0.1:${port}`, 2]);
});

test("the double refuses what the daemon refuses: another host, an origin, a wrong token", async () => {
  const [open, { port }] = [await startLocalApi(), await startLocalApi({ token })];
  const status = (headers: Record<string, string>, to: object) =>
    new Promise((resolve) => {
      request({ ...to, path: "/localapi/v0/status", headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
  const authorization = `Basic ${btoa(`:${token}`)}`;
  const socket = { socketPath: open.socket };
  const tcp = { host: "127.0.0.1", port };
  const daemon = { host: "local-tailscaled.sock" };
  expect([
    await status(daemon, socket),
    await status({ host: "example.com" }, socket),
    await status({ ...daemon, origin: "http://local-tailscaled.sock" }, socket),
    await status({ ...daemon, referer: "http://example.com/" }, socket),
    await status({ host: `127.0.0.1:${port}`, authorization }, tcp),
    await status(daemon, tcp),
  ]).toEqual([200, 403, 403, 403, 200, 401]);
});

test("the user who has the daemon is named", async () => {
  const { socket } = await startLocalApi({ usedBy: "EXAMPLE\\bob" });
  expect(await trouble(localApiAt(socket))).toEqual([
    "in-use",
    "Tailscale is in use by EXAMPLE\\bob, who has to stop first.",
  ]);
});

test("an answer without end is not read to its end", async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1024 * 1024);
  }
  await expect(wholeText(endless(), 4 * 1024 * 1024)).rejects.toThrow("larger than 4 MiB");
});
