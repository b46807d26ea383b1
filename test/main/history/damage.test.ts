// What a history looks like that a disk, a crash or another Gristmill has been at: whatever it is, a start succeeds, and tells the same.
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { History } from "../../../main/history/history.ts";
import { setAside } from "../../../main/history/set-aside.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { daemonLines, Rig, started, twinOf } from "./rig.ts";

const pageBytes = 4_096;

function heard(): string[] {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
  onTestFinished(() => warn.mockRestore());
  return said;
}

/** A rig that has ended cleanly, so that all of its history is in the one file. */
async function ended(): Promise<Rig> {
  const rig = await Rig.start();
  await rig.log(daemonLines(11, 120));
  await rig.grind();
  await rig.close();
  return rig;
}

/** A start that catches up with whatever is missing, as the app's does. */
async function startedAgain({ dataDir, clock }: Rig): Promise<Rig> {
  const rig = await Rig.start({ dataDir, clock });
  await rig.grind();
  const stop = new AbortController();
  const running = rig.history.run(rig.spool, stop.signal);
  await vi.waitFor(() => expect(rig.history.status.state).toBe("ready"), 10_000);
  stop.abort();
  await running;
  return rig;
}

const setAsides = ({ dataDir }: Rig) => readdirSync(dataDir).filter((name) => /^history\.db\.damaged-\w+$/.test(name));

test("a bit flipped in any page: the history is set aside and made again, or it was a bit that nothing stands on", async () => {
  heard();
  const rig = await ended();
  const whole = readFileSync(rig.file);
  const expected = await startedAgain(rig).then(async (again) => {
    const told = again.told();
    await again.close();
    return told;
  });
  let replaced = 0;
  const pages = whole.length / pageBytes;
  for (let page = 0; page < pages; page++) {
    const bytes = Buffer.from(whole);
    const at = page * pageBytes + ((page * 2_654_435_761) % pageBytes);
    bytes[at] = (bytes[at] as number) ^ (1 << (page % 8));
    writeFileSync(rig.file, bytes);
    const again = await startedAgain(rig);
    expect(again.told(), `byte ${at}`).toEqual(expected);
    if (again.history.status.setAside !== null) replaced++;
    await again.close();
  }
  expect(pages).toBeGreaterThan(10);
  expect(replaced).toBeGreaterThan(pages / 10);
});

const strangers: Readonly<Record<string, (file: string) => void>> = {
  "cut in the middle of a page": (file) => truncateSync(file, Math.floor(statSync(file).size / 2) + 100),
  "cut to a header": (file) => truncateSync(file, 100),
  "of zeros": (file) => writeFileSync(file, Buffer.alloc(statSync(file).size)),
  "of text": (file) => writeFileSync(file, "SQLite format 3? No.\n".repeat(500)),
  "of a page that is overwritten": (file) => {
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 2 * pageBytes, 4 * pageBytes);
    writeFileSync(file, bytes);
  },
  "of another program": (file) => {
    writeFileSync(file, "");
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE note (title TEXT)");
    other.close();
  },
  "of a newer Gristmill": (file) => alter(file, "PRAGMA user_version = 2"),
  "without one of its tables": (file) => alter(file, "DROP TABLE rollup_1m"),
  "with a note that is none": (file) => alter(file, "UPDATE note SET value = '{}'"),
  "with a snapshot that is none": (file) => alter(file, "UPDATE snapshot SET state = x'28b52ffd00'"),
};

function alter(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

test.each(Object.entries(strangers))(
  "a file %s is set aside, said, and made again from the spool",
  async (_, spoil) => {
    const said = heard();
    const rig = await ended();
    spoil(rig.file);
    const again = await startedAgain(rig);
    expect(again.told()).toEqual(await twinOf(again.spool));
    expect(again.history.status.setAside?.reason).toEqual(expect.any(String));
    expect(setAsides(again)).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(/^The history in .* cannot be used \(.*\)\. It stays in .*damaged-/)]);
  },
);

test("what is damaged while it is read is made again from the spool", async () => {
  heard();
  const rig = await ended();
  const again = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
  alter(rig.file, "UPDATE event SET sentence = 'Nothing happened.' WHERE nth = 0");
  expect(() => again.told()).toThrow(/damaged/);
  await again.close();
  const third = await startedAgain(rig);
  expect(third.told()).toEqual(await twinOf(third.spool));
});

test("an empty file, which is what a crash may leave of a new one, is taken as it is", async () => {
  const rig = await ended();
  writeFileSync(rig.file, "");
  const again = await startedAgain(rig);
  expect(again.told()).toEqual(await twinOf(again.spool));
  expect(setAsides(again)).toEqual([]);
});

test("the history of another log is set aside", async () => {
  heard();
  const [one, other] = [await ended(), await Rig.start()];
  await other.log(daemonLines(12, 200));
  await other.grind();
  await other.close();
  copyFileSync(one.file, other.file);
  const again = await startedAgain(other);
  expect(again.told()).toEqual(await twinOf(again.spool));
  expect(again.history.status.setAside?.reason).toBe("it is the history of another log than the spool's");
});

test("of many that were set aside the last three are kept", () => {
  const file = path.join(tempFolder(), "history.db");
  for (let second = 1; second <= 5; second++) {
    for (const suffix of ["", "-wal", "-shm"]) writeFileSync(`${file}${suffix}`, "");
    setAside(file, started + second * 1_000);
  }
  const names = readdirSync(path.dirname(file)).filter((name) => !name.includes("-wal") && !name.includes("-shm"));
  expect(names.map((name) => name.slice(-11))).toEqual(
    ["152003000Z", "152004000Z", "152005000Z"].map((end) => `T${end}`),
  );
  expect(readdirSync(path.dirname(file))).toHaveLength(9);
});

test("a folder in which no file can be made is no reason not to start: the history waits, and says why", () => {
  const said = heard();
  const dataDir = path.join(tempFolder(), "not", "there");
  const options = { clock: new ManualClock(started), dataDir, budgetBytes: 4e6, changed: () => undefined };
  const history = new History(options);
  expect(history.status).toMatchObject({ state: "waiting", sentence: expect.stringContaining("ENOENT") });
  expect(said).toHaveLength(1);
  expect(() => history.ask((reads) => reads.events({ limit: 1 }))).toThrow(/waits/);
  history.close();
});
