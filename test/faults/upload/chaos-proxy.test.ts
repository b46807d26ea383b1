// A real uploader and a real catcher, and between them a network that breaks.
import { expect, onTestFinished, test, vi } from "vitest";
import { bytesOf } from "../../../log/places.ts";
import { rig } from "../../main/uploader/rig.ts";
import { catcherFor, storedFrames } from "../../support/catcher.ts";
import { startChaosProxy } from "../../support/chaos-proxy.ts";
import { allFrames } from "../../support/frames.ts";
import { hastyDisk } from "../../support/hasty-disk.ts";

/** Those that do not end are ended by the proxy, later each time: on however slow a machine one that is whole gets through at last. */
const lifeMs = (connection: number) => 5 + connection / 20;
/** Those take their time, so one behind every fifth byte has to do. */
const strides = { reset: 1, "half-closed": 1, "black-hole": 5 };
const breaks = (["reset", "half-closed", "black-hole"] as const).flatMap((how) =>
  (["request", "answer"] as const).map((side) => ({ how, side })),
);

test.each(breaks)(
  "$how behind one byte of the $side after the other: what was sent is stored once, as it was sent",
  async ({ how, side }) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const catcher = await catcherFor();
    const carried = { request: 0, answer: 0 };
    const proxy = await startChaosProxy({
      target: () => new URL(catcher.url).host,
      fault: (connection) => {
        const at = connection * strides[how];
        carried[side] = at;
        return { breaks: { side, at, how }, lifeMs: lifeMs(connection) };
      },
    });
    onTestFinished(() => proxy.close());
    // Random numbers of 0 make for no pauses.
    const run = await rig(`http://${proxy.host}`, { disk: hastyDisk, random: () => 0 });
    await run.write(2, 3);
    await vi.waitFor(() => expect(run.uploader.progress).toMatchObject({ state: "idle", pendingEntries: 0 }), {
      timeout: 60_000,
      interval: 20,
    });
    const sent = await allFrames(run.spool);
    expect(await storedFrames(catcher.dir)).toEqual(sent);
    expect(run.rejections.entries).toBe(0);
    expect(carried[side]).toBeGreaterThan(side === "request" ? bytesOf(sent) + 100 : 200);
  },
);
