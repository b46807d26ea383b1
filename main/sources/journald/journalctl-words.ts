// What journalctl says on stderr. With SYSTEMD_LOG_TARGET=console-prefixed each line begins with "<facility and level>", so that what is said for
// debugging can be told from what is wrong. A journal file that it cannot read, or not to its end, it leaves out: of one that is found damaged
// while it is read that is said for debugging only, and journalctl goes on as if the rest of it had never been.

/** For the environment of a journalctl whose words about damaged files are wanted. */
export const talkative = { SYSTEMD_LOG_LEVEL: "debug", SYSTEMD_LOG_TARGET: "console-prefixed", SYSTEMD_LOG_COLOR: "0" };

const prefix = /^<(\d{1,3})>/;
const debugLevel = 7;
const keptCharacters = 2_000;
/** systemd's own sentences, in English by LC_ALL=C. */
const leftOut = [
  /^Can't iterate through (.+), ignoring: /,
  /^Journal file (.+) (?:is truncated|corrupted|uses an unsupported feature), ignoring file\.$/,
  /^An error was encountered while opening journal file or directory (.+), ignoring file: /,
];

export class JournalctlWords {
  /** Files that it said it leaves out, whole or from some place on, as it names them; each once. */
  readonly leftOut = new Set<string>();
  #unfinished = "";
  #said = "";

  push(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = (lines.pop() ?? "").slice(0, keptCharacters);
    for (const line of lines) this.#line(line);
  }

  /** The last of what it said, without what is for debugging. */
  get said(): string {
    return `${this.#said}${this.#unfinished.replace(prefix, "")}`;
  }

  #line(line: string): void {
    const level = prefix.exec(line)?.[1];
    const words = line.replace(prefix, "");
    const file = leftOut.map((pattern) => pattern.exec(words)?.[1]).find((name) => name !== undefined);
    if (file !== undefined) this.leftOut.add(file);
    if (level === undefined || (Number(level) & debugLevel) !== debugLevel)
      this.#said = `${this.#said}${words}\n`.slice(-keptCharacters);
  }
}
