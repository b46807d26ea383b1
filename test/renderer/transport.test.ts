import { expect, test } from "vitest";
import { takeToken } from "../../renderer/transport.ts";

function page(href: string, stored: Map<string, string>) {
  const shown = { url: href };
  const opened = {
    location: { href },
    history: {
      state: null,
      replaceState(_state: unknown, _title: string, url?: string | URL | null) {
        shown.url = String(url);
      },
    },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    },
  };
  return { opened, shown };
}

test("the token leaves the address bar, and a reload without it still knows it", () => {
  const stored = new Map<string, string>();
  const first = page("http://127.0.0.1:8416/?token=s3cret%2B&view=log#peers", stored);
  expect([takeToken(first.opened), first.shown.url]).toEqual(["s3cret+", "http://127.0.0.1:8416/?view=log#peers"]);
  expect(takeToken(page(first.shown.url, stored).opened)).toBe("s3cret+");
});

test("a new token in the address takes the place of the one that is known", () => {
  const stored = new Map<string, string>();
  takeToken(page("http://127.0.0.1:8416/?token=one", stored).opened);
  expect(takeToken(page("http://127.0.0.1:8416/?token=two", stored).opened)).toBe("two");
  expect(takeToken(page("http://127.0.0.1:8416/", stored).opened)).toBe("two");
});

test("without any token the window asks with an empty one, and is told that it is wrong", () => {
  expect(takeToken(page("http://127.0.0.1:8416/", new Map()).opened)).toBe("");
});
