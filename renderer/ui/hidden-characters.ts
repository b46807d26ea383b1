// Log text is written by whoever wants to. What would be invisible, or would change how its neighbours are shown, is taken out here and named.

/** A stretch of plain text, or one character that has to be named: its short label and what it is. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "control"; readonly label: string; readonly title: string };

const c0 = (
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI " +
  "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
).split(" ");

const named: ReadonlyMap<number, readonly [label: string, name: string]> = new Map([
  [0x7f, ["DEL", "delete"]],
  [0x85, ["NEL", "next line"]],
  [0xad, ["SHY", "soft hyphen"]],
  [0x061c, ["ALM", "Arabic letter mark"]],
  [0x180e, ["MVS", "Mongolian vowel separator"]],
  [0x200b, ["ZWSP", "zero width space"]],
  [0x200c, ["ZWNJ", "zero width non-joiner"]],
  [0x200d, ["ZWJ", "zero width joiner"]],
  [0x200e, ["LRM", "left-to-right mark"]],
  [0x200f, ["RLM", "right-to-left mark"]],
  [0x2028, ["LS", "line separator"]],
  [0x2029, ["PS", "paragraph separator"]],
  [0x202a, ["LRE", "left-to-right embedding"]],
  [0x202b, ["RLE", "right-to-left embedding"]],
  [0x202c, ["PDF", "pop directional formatting"]],
  [0x202d, ["LRO", "left-to-right override"]],
  [0x202e, ["RLO", "right-to-left override"]],
  [0x2060, ["WJ", "word joiner"]],
  [0x2066, ["LRI", "left-to-right isolate"]],
  [0x2067, ["RLI", "right-to-left isolate"]],
  [0x2068, ["FSI", "first strong isolate"]],
  [0x2069, ["PDI", "pop directional isolate"]],
  [0xfeff, ["BOM", "byte order mark"]],
  [0xfffd, ["U+FFFD", "a byte that is not valid UTF-8"]],
]);

// Cc, Cf, line and paragraph separators, lone surrogates, private use, unassigned; and the replacement character, which stands for a lost byte.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\ufffd]/gu;

/** Cuts text into what may be shown as it is and what has to be named. Joined texts and named characters are the whole text, in order. */
export function visiblePieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > start) pieces.push({ kind: "text", text: text.slice(start, match.index) });
    pieces.push(namedCharacter(match[0]));
    start = match.index + match[0].length;
  }
  if (start < text.length) pieces.push({ kind: "text", text: text.slice(start) });
  return pieces;
}

/** The text with every hidden character replaced by its label in angle brackets, for attributes and titles: "a⟨RLO⟩b". */
export function visibleString(text: string): string {
  return text.replace(hidden, (character) => `⟨${namedCharacter(character).label}⟩`);
}

function namedCharacter(character: string): { kind: "control"; label: string; title: string } {
  const code = character.codePointAt(0) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const control = c0[code];
  if (control !== undefined) return { kind: "control", label: control, title: `control character ${point}` };
  const [label, name] = named.get(code) ?? [point, "a character that cannot be seen"];
  return { kind: "control", label, title: label === point ? name : `${point} ${name}` };
}
