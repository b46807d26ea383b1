// The elements of a JSON array as they were written, byte for byte: parsing and writing them again would change their numbers.

const code = (character: string) => character.charCodeAt(0);
const [space, quote, backslash, comma] = [code(" "), code('"'), code("\\"), code(",")];
const [openBrace, closeBrace, openBracket, closeBracket] = [code("{"), code("}"), code("["), code("]")];

/**
 * Each element of the array that `text` is, or the one value that it is, on one line.
 * @param text valid JSON. No recursion: it may be nested as deep as it is long.
 */
export function elementsOf(text: string): readonly string[] {
  const value = text.trim();
  if (!value.startsWith("[")) return [onOneLine(value)];
  const elements: string[] = [];
  let [depth, begin] = [0, 1];
  for (let at = 1; at < value.length - 1; at++) {
    const character = value.charCodeAt(at);
    if (character === quote) at = endOfString(value, at);
    else if (character === openBrace || character === openBracket) depth++;
    else if (character === closeBrace || character === closeBracket) depth--;
    else if (character === comma && depth === 0) {
      elements.push(onOneLine(value.slice(begin, at).trim()));
      begin = at + 1;
    }
  }
  const last = value.slice(begin, -1).trim();
  return last === "" ? elements : [...elements, onOneLine(last)];
}

/** Index of the quotation mark that ends the string which begins at `at`. */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; ; next++) {
    const character = text.charCodeAt(next);
    if (character === backslash) next++;
    else if (character === quote || Number.isNaN(character)) return next;
  }
}

/** In a string no line can break: white space goes where it stands between tokens, if any of it breaks a line. */
function onOneLine(value: string): string {
  if (!/[\n\r]/.test(value)) return value;
  const pieces: string[] = [];
  let begin = 0;
  for (let at = 0; at < value.length; at++) {
    const character = value.charCodeAt(at);
    if (character === quote) at = endOfString(value, at);
    else if (character <= space) {
      pieces.push(value.slice(begin, at));
      begin = at + 1;
    }
  }
  return pieces.join("") + value.slice(begin);
}
