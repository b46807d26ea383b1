import { expect, test } from "vitest";
import { closeAll } from "../../../main/platform/close-all.ts";

test("everything is closed, one after the other, and the first error is thrown", async () => {
  const closed: string[] = [];
  const closing = closeAll([
    () => closed.push("first"),
    async () => Promise.reject(new Error("second")),
    () => {
      throw new Error("third");
    },
    async () => closed.push("fourth"),
  ]);
  await expect(closing).rejects.toThrow("second");
  expect(closed).toEqual(["first", "fourth"]);
});
