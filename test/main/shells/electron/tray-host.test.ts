import { expect, test } from "vitest";
import { type AskBus, isTrayShown } from "../../../../main/shells/electron/tray-host.ts";

interface Bus {
  readonly host?: boolean;
  readonly items?: readonly string[];
  readonly names?: readonly { readonly name: string; readonly pid: number | null }[];
}

/** What `busctl --json=short` (systemd 252) prints about a session bus. */
function bus({ host = true, items = [], names = [] }: Bus): AskBus {
  return async (verb) =>
    verb === "list"
      ? `${JSON.stringify(names.map((name) => ({ ...name, process: "electron", user: "ada", unit: null })))}\n`
      : `${JSON.stringify({ type: "b", data: host })}\n${JSON.stringify({ type: "as", data: items })}\n`;
}

const names = [
  { name: ":1.7", pid: 100 },
  { name: ":1.85", pid: 4711 },
  { name: "org.freedesktop.StatusNotifierItem-4711-1", pid: 4711 },
  { name: "org.freedesktop.systemd1", pid: null },
];
const shown = (askBus: AskBus, platform: NodeJS.Platform = "linux") => isTrayShown({ platform, pid: 4711, askBus });

test.each([
  ["a well-known name", "org.freedesktop.StatusNotifierItem-4711-1"],
  ["a well-known name and a path", "org.freedesktop.StatusNotifierItem-4711-1/StatusNotifierItem"],
  ["a unique name and a path", ":1.85/StatusNotifierItem"],
  ["a unique name @ a path", ":1.85@/org/chromium/StatusNotifierItem/1"],
])("an icon that the desktop lists under %s is shown", async (_name, item) => {
  expect(await shown(bus({ items: [":1.7/StatusNotifierItem", item], names }))).toBe(true);
});

test("an icon that the desktop's watcher refused is not shown, whatever else it lists", async () => {
  expect(await shown(bus({ items: [":1.7/StatusNotifierItem", ":1.8/StatusNotifierItem"], names }))).toBe(false);
});

test("without a host nothing is shown, even what is registered", async () => {
  expect(await shown(bus({ host: false, items: [":1.85/StatusNotifierItem"], names }))).toBe(false);
});

test.each([
  ["no answer", undefined],
  ["an empty answer", ""],
  ["half an answer", '{"type":"b","data":true}'],
  ["an answer of other types", '{"type":"s","data":"yes"}\n{"type":"as","data":[]}'],
  ["no JSON, as of an old busctl", "b true\nas 0"],
])("%s from the bus counts as no tray", async (_name, answer) => {
  expect(await shown(async () => answer)).toBe(false);
});

test.each<NodeJS.Platform>(["darwin", "win32"])(
  "on %s the tray is always there, and no bus is asked",
  async (platform) => {
    expect(await shown(() => Promise.reject(new Error("asked")), platform)).toBe(true);
  },
);
