// The shape of a line: its words, with a placeholder for whatever changes from line to line or could be somebody's. Linear in the line.

/** A longer shape is cut: what follows is rarely what tells two lines apart. */
const [longestShape, longestWord, longestPlainWord] = [200, 80, 24];

const patterns: readonly (readonly [shape: string, pattern: RegExp])[] = [
  ["<key>", /^\[[^[\]]{5}\]$/],
  ["<n>", /^[-+]?\d+(?:\.\d+)?%?$/],
  ["<duration>", /^-?(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|μs|ns))+$/],
  ["<ip>", /^\[?(?:\d{1,3}\.){3}\d{1,3}\]?(?:[:/]\d+)*$/],
  ["<ip>", /^\[?[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%\w+)?\]?(?:[:/]\d+)?$/i],
  ["<hex>", /^(?:0x)?[0-9a-f]*\d[0-9a-f]*$/i],
  ["<path>", /[/\\]/],
  ["<name>", /[@.]/],
];

/** `text` without its framing and tags. What stands between quotes is never shown, nor is a word that has digits in it, but for the letters before them. */
export function shapeOf(text: string): string {
  let shape = "";
  for (let at = 0; at < text.length && shape.length < longestShape; ) {
    const code = text[at] as string;
    if (code === '"') {
      at = quotedEnd(text, at + 1);
      shape += "<quoted>";
    } else if (isSeparator(code)) {
      shape += code;
      at++;
    } else {
      const end = wordEnd(text, at);
      shape += wordShape(text.slice(at, Math.min(end, at + longestWord + 1)));
      at = end;
    }
  }
  return shape.length > longestShape ? `${shape.slice(0, longestShape)}…` : shape.trimEnd();
}

function quotedEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** What may stand between words. Neither colons nor brackets: addresses and keys have them inside. */
function isSeparator(code: string): boolean {
  return code <= " " || "(){},;=<>|".includes(code);
}

function wordEnd(text: string, from: number): number {
  let end = from + 1;
  while (end < text.length && text[end] !== '"' && !isSeparator(text[end] as string)) end++;
  return end;
}

/** The colon behind a word stays, as it is part of how lines are spelled. */
function wordShape(word: string): string {
  if (word.length > longestWord) return "<long>";
  const bare = word.replace(/[:.!?']+$/, "");
  return pattern(bare) + word.slice(bare.length);
}

function pattern(word: string): string {
  if (word.length <= longestPlainWord && /^[A-Za-z_:-]+$/.test(word)) return word;
  const found = patterns.find(([, each]) => each.test(word));
  if (found !== undefined) return found[0];
  // `derp-4`; letters between digits may be part of a secret.
  return word.length <= longestPlainWord && /^[A-Za-z_:-]+\d+$/.test(word) ? word.replace(/\d+$/, "<n>") : "<id>";
}
