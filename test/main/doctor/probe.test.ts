// The doctor's probes on what a machine is made of: files below a root, a real journal, a real socket, real ports.
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { probe } from "../../../main/doctor/probe.ts";
import { probeDaemon } from "../../../main/doctor/probes/daemon.ts";
import { probeIntakePort } from "../../../main/doctor/probes/intake-port.ts";
import { probeJournal } from "../../../main/doctor/probes/journal.ts";
import { probeSettings } from "../../../main/doctor/probes/settings.ts";
import { probeUnifiedLog } from "../../../main/doctor/probes/unified-log.ts";
import { localApiAt } from "../../../main/local-api/local-api.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { intakeSource } from "../../../main/sources/intake/intake.ts";
import { createJournal, hasJournals } from "../../support/journal.ts";
import { startLocalApi } from "../../support/local-api.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { UnifiedLog } from "../../support/unified-log/unified-log.ts";
import { follow } from "../sources/follow.ts";

const never = new AbortController().signal;

function machine(files: Readonly<Record<string, string>>): string {
  const root = tempFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

async function portInUse(): Promise<number> {
  const server = createServer((socket) => socket.end("no HTTP\n")).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("the daemon that runs is found with its arguments; of its environment only what is about logs is kept", () => {
  const root = machine({
    "proc/7/comm": "tailscaled\n",
    "proc/7/cmdline": "/usr/sbin/tailscaled\0--cleanup\0",
    "proc/12/comm": "bash\n",
    "proc/812/comm": "tailscaled\n",
    "proc/812/cmdline": "/usr/sbin/tailscaled\0--verbose=1\0--port=41641\0",
    "proc/812/environ": "HOME=/root\0TS_AUTHKEY=secret\0TS_LOG_TARGET=http://127.0.0.1:8475\0TS_NO_LOGS_NO_SUPPORT=1\0",
  });
  expect(probeDaemon(root, {})).toEqual({
    isInstalled: true,
    running: {
      pid: 812,
      args: ["--verbose=1", "--port=41641"],
      environment: { TS_LOG_TARGET: "http://127.0.0.1:8475", TS_NO_LOGS_NO_SUPPORT: "1" },
    },
  });
});

test("a machine with nothing on it, and one where it is only installed", () => {
  expect(probeDaemon(machine({}), {})).toEqual({ isInstalled: false, running: null });
  expect(probeDaemon(machine({ "usr/sbin/tailscaled": "" }), {})).toEqual({ isInstalled: true, running: null });
  const app = machine({ "Applications/Tailscale.app/Contents/Info.plist": "" });
  expect(probeDaemon(app, {})).toEqual({ isInstalled: true, running: null });
});

test("the service's settings are read without their quotes and comments", () => {
  const root = machine({
    "etc/default/tailscaled": '# FLAGS="x"\nPORT="41641"\nFLAGS="--verbose=1 --tun=x"\n TS_LOG_VERBOSITY=2 \nOTHER=1\n',
  });
  expect(probeSettings(root)).toEqual({ PORT: "41641", FLAGS: "--verbose=1 --tun=x", TS_LOG_VERBOSITY: "2" });
  expect(probeSettings(machine({}))).toEqual({});
});

test.runIf(hasJournals)(
  "a real journal tells when tailscaled wrote last, and when it last wrote counters",
  async () => {
    const directory = tempFolder();
    const journal = createJournal(directory);
    await journal.append([
      { message: "v1.96.2-tabc peers: 3532/43648", pid: 812, time: 1_787_411_990_000_000 },
      { message: "magicsock: home is now derp-4 (fra)", pid: 812, time: 1_787_411_991_000_000 },
      { message: "control: v1 peers: none", pid: 812, time: 1_787_411_991_000_000 },
    ]);
    await journal.close();
    const found = await probeJournal({ directory }, never);
    expect(found).toEqual({
      state: "readable",
      sentence: null,
      newest: { at: 1_787_411_991_000, pid: 812 },
      newestCounters: { at: 1_787_411_990_000, pid: 812 },
    });
  },
);

test.runIf(hasJournals)(
  "the newest entry counts although it may be only the beginning of a line that journald split",
  async () => {
    const directory = tempFolder();
    const journal = createJournal(directory);
    const time = 1_787_411_990_000_000;
    await journal.append([
      { message: "magicsock: home is now derp-4 (fra)", pid: 812, time },
      { message: "netmap: ", pid: 812, time: time + 5_000_000, fields: { _LINE_BREAK: "line-max" } },
    ]);
    await journal.close();
    expect((await probeJournal({ directory }, never)).newest).toEqual({ at: time / 1_000 + 5_000, pid: 812 });
  },
);

test("a journal that is not there is a fact with a sentence", async () => {
  const found = await probeJournal({ directory: path.join(tempFolder(), "none") }, never);
  expect(found).toMatchObject({
    state: "unusable",
    sentence: expect.stringMatching(/There is no directory|not installed/),
  });
});

test("the log of macOS tells when tailscaled wrote last, and when it last wrote counters, or why it does not tell", async () => {
  const look = (log: UnifiedLog, signal = never) =>
    probeUnifiedLog(systemClock, signal, { platform: "darwin", program: log.program });
  const nothing = { sentence: null, newest: null, newestCounters: null };
  const log = new UnifiedLog();
  log.write(["of another"], { process: "sshd" });
  expect(await look(log)).toEqual({ ...nothing, state: "empty" });
  const at = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  log.write(["v1.96.2-tabc peers: 3532/43648"], { pid: 812, timeUs: at * 1000 });
  log.write(["magicsock: home is now derp-4 (fra)"], { pid: 812, timeUs: (at + 1_000) * 1000 });
  const [newest, newestCounters] = [
    { at: at + 1_000, pid: 812 },
    { at, pid: 812 },
  ];
  expect(await look(log)).toEqual({ state: "readable", sentence: null, newest, newestCounters });
  log.deny();
  expect(await look(log)).toMatchObject({ state: "forbidden", sentence: expect.stringMatching(/administrator.*\.$/) });
  expect(await look(log, AbortSignal.abort())).toMatchObject({
    state: "unusable",
    sentence: expect.stringMatching(/in time\.$/),
  });
  expect(await probeUnifiedLog(systemClock, never, { platform: "linux" })).toEqual({ ...nothing, state: "absent" });
});

test("the port of the intake is free, a Gristmill's, or another program's", async () => {
  const intake = follow(intakeSource({ port: 0, clock: systemClock }));
  await intake.reported(/http:/);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(intake.reports.join())?.[1]);
  expect(await probeIntakePort(port, never)).toEqual({ port, heldBy: "gristmill" });
  await intake.stop();
  expect(await probeIntakePort(port, never)).toEqual({ port, heldBy: "nobody" });
  const taken = await portInUse();
  expect(await probeIntakePort(taken, never)).toEqual({ port: taken, heldBy: "another" });
});

test.each([
  ["to the operator", { isOperator: true }, "open", null],
  ["to nobody else", { isOperator: false }, "forbidden", /--operator=\$USER/],
  ["where it has none", { hasTap: false }, "unknown", /update Tailscale/],
])("a daemon that answers tells its version, and opens its tap %s", async (_, options, tap, sentence) => {
  const { socket } = await startLocalApi({ version: "1.96.2-tabc", ...options });
  const intakePort = await portInUse();
  const facts = await probe({
    clock: systemClock,
    gristmill: "gristmill",
    root: machine({}),
    localApi: localApiAt(socket),
    intakePort,
    journal: { directory: tempFolder() },
  });
  expect(facts.tailscaled.version).toBe("1.96.2-tabc");
  expect(facts.localApi).toEqual({
    socket,
    state: "open",
    tap,
    sentence: sentence === null ? null : expect.stringMatching(sentence),
  });
});

/** A daemon that takes every connection, and does with it what `answer` says. */
async function daemon(answer: (connection: Socket) => void): Promise<{ socket: string; asked: Promise<void> }> {
  const socket = path.join(tempFolder(), "tailscaled.sock");
  const connections: Socket[] = [];
  const asked = Promise.withResolvers<void>();
  const server = createServer((connection) => {
    connections.push(connection);
    connection.on("error", () => undefined).once("data", () => asked.resolve());
    answer(connection);
  }).listen(socket);
  onTestFinished(() => {
    for (const connection of connections) connection.destroy();
    server.close();
  });
  await once(server, "listening");
  return { socket, asked: asked.promise };
}

test("a daemon that breaks off in the middle of its answer is a fact: it runs, and its version is not known", async () => {
  const { socket } = await daemon((connection) => {
    connection.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
  });
  const options = {
    root: machine({}),
    localApi: localApiAt(socket),
    intakePort: await portInUse(),
    journal: { directory: tempFolder() },
  };
  const facts = await probe({ clock: systemClock, gristmill: "gristmill", ...options });
  expect([facts.tailscaled.version, facts.localApi.state]).toEqual([null, "open"]);
});

test("a daemon that hangs is waited for with patience that has an end, and the others are told about meanwhile", async () => {
  const { socket, asked } = await daemon(() => undefined);
  const clock = new ManualClock();
  const options = {
    root: machine({}),
    localApi: localApiAt(socket),
    intakePort: await portInUse(),
    journal: { directory: tempFolder() },
  };
  const alone = Promise.withResolvers<void>();
  const reports: string[] = [];
  const report = (at: readonly string[]) => {
    reports.push(at.join(", "));
    if (reports.at(-1) === "tailscaled's local API") alone.resolve();
  };
  const probed = probe({ clock, gristmill: "gristmill", ...options }, { signal: never, report });
  await Promise.all([asked, alone.promise]);
  await clock.advance(60_000);
  expect((await probed).localApi).toEqual({
    socket,
    state: "unusable",
    sentence: expect.stringMatching(/gave no answer on .*tailscaled\.sock in time: .*restart it/),
    tap: "unknown",
  });
  expect(reports[2]).toBe("the journal, tailscaled's local API, the intake's port");
  expect(reports.at(-1)).toBe("");
});

test("a probe that nobody waits for any more ends at once, whatever hangs", async () => {
  const { socket, asked } = await daemon(() => undefined);
  const options = {
    root: machine({}),
    localApi: localApiAt(socket),
    intakePort: await portInUse(),
    journal: { directory: tempFolder() },
  };
  const cancel = new AbortController();
  // On a clock that stands still patience has no end: only the cancelling ends it.
  const probed = probe(
    { clock: new ManualClock(), gristmill: "gristmill", ...options },
    { signal: cancel.signal, report: () => undefined },
  );
  await asked;
  cancel.abort();
  expect((await probed).localApi.state).toBe("unusable");
});

test("the intake is looked for where tailscaled sends its log, or else where Gristmill's own listens", async () => {
  const [aimed, own] = [await portInUse(), await portInUse()];
  const portFor = async (settings: string) => {
    const facts = await probe({
      clock: systemClock,
      gristmill: "gristmill",
      root: machine({ "etc/default/tailscaled": settings }),
      localApi: localApiAt(path.join(tempFolder(), "none.sock")),
      intakePort: own,
      journal: { directory: tempFolder() },
    });
    return facts.intake.port;
  };
  expect([
    await portFor(`TS_LOG_TARGET=http://localhost:${aimed}/\n`),
    await portFor("TS_LOG_TARGET=https://log.example.com:8475\n"),
    await portFor(""),
  ]).toEqual([aimed, own, own]);
});

test("a daemon that does not answer is a fact, too", async () => {
  const socket = path.join(tempFolder(), "none.sock");
  const facts = await probe({
    clock: systemClock,
    gristmill: "gristmill",
    root: machine({}),
    localApi: localApiAt(socket),
    intakePort: await portInUse(),
    journal: { directory: tempFolder() },
  });
  expect(facts.localApi).toMatchObject({ socket, state: "missing", tap: "unknown" });
  expect(facts.tailscaled).toEqual({ isInstalled: false, running: null, version: null });
});
