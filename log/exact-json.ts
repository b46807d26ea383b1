// JSON in which numbers keep all of their digits. What V8 has and TypeScript does not know yet: ECMAScript proposal "JSON.parse source text
// access".
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** As JSON.parse; JSON.stringify gives every number back as it was written. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? json.rawJSON(source) : value,
  );
}

/** Whether a value from parseExactly is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !json.isRawJSON(value);
}
