// A process of its own, for pipeline-bench.ts: an agent's source, spool and uploader. Reads the journal in a folder and sends it to a catcher until
// all of it is acknowledged.
import { nodeDisk } from "../../log/disk.ts";
import { Pipeline } from "../../main/pipeline.ts";
import { Changes } from "../../main/platform/changes.ts";
import { systemClock as clock } from "../../main/platform/clock.ts";
import { openSettings } from "../../main/settings.ts";
import { openSource } from "../../main/sources/index.ts";
import type { NoteLeaving } from "../../main/sources/intake/forwarder.ts";
import { Spool } from "../../main/spool/spool.ts";
import { Uploads } from "../../main/uploader/uploads.ts";

const [folder = "", entries = "", dataDir = "", address = ""] = process.argv.slice(2);
const stop = new AbortController();
const { signal } = stop;
const changes = new Changes();
const uploads = await Uploads.open({
  ...{ disk: nodeDisk, clock, dataDir, signal },
  catchers: [{ address, consent: "command line" }],
  settings: await openSettings(nodeDisk, dataDir),
  changed: () => changes.announce(),
});
const spool = await Spool.open({ disk: nodeDisk, clock, dataDir, readers: [], acked: () => uploads.claim });
await uploads.start(spool);
const noteLeaving: NoteLeaving = (destination, what) => uploads.ledger.note(destination, what);
const source = openSource(`journald:${folder}`, { clock, noteLeaving });
const pipeline = new Pipeline(source, { spool, clock, changes, signal });
while (uploads.claim <= Number(entries)) await changes.wait(signal);
stop.abort();
await uploads.close();
await pipeline.done;
await spool.close();
