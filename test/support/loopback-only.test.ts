import net from "node:net";
import { expect, test } from "vitest";
import { isLoopback } from "./loopback-only.ts";

test("a test that dials another machine fails at the dial", () => {
  expect(() => net.connect({ host: "192.0.2.1", port: 80 })).toThrow("tests talk to loopback only");
});

test("loopback is loopback in every spelling, and nothing else is", () => {
  const asked = [
    "127.0.0.1",
    "127.9.9.9",
    "localhost",
    "::1",
    "::ffff:127.0.0.1",
    "192.168.0.1",
    "example.com",
    "1.127.0.0",
  ];
  expect(asked.filter(isLoopback)).toEqual(["127.0.0.1", "127.9.9.9", "localhost", "::1", "::ffff:127.0.0.1"]);
});
