/** Text as a terminal may have it: control characters, which a terminal obeys, become U+FFFD. Line feeds and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\uFFFD");
}
