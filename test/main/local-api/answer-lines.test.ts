import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnswerLine, answerLines } from "../../../main/local-api/answer-lines.ts";

async function linesOf(chunks: readonly Buffer[], longest: number): Promise<AnswerLine[]> {
  async function* coming(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const lines: AnswerLine[] = [];
  for await (const more of answerLines(coming(), longest)) lines.push(...more);
  return lines;
}

const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((line) => line.replaceAll(/[\n\uFEFF]/g, ""));

test("wherever an answer is cut into chunks, within a letter too, its lines are whole; what is too long is counted; a rest without a newline is none", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text), text, fc.array(fc.nat()), async (lines, rest, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join("") + rest);
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(await linesOf(chunks, 5)).toEqual(
        lines.map((line) => ({ text: line.slice(0, 5), cut: Math.max(0, line.length - 5) })),
      );
    }),
    { numRuns: 300 },
  );
});
