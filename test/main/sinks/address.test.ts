import { expect, test } from "vitest";
import { parseAddress } from "../../../main/sinks/address.ts";

const pin = "a1".repeat(32);
const secret = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";

function parsed(text: string) {
  const { protocol, url, destination, caFile, pins } = parseAddress(text);
  return { protocol, url: url.href, destination, ...(caFile === undefined ? {} : { caFile }), pins };
}

test.each([
  [
    "https://catcher.example.com/",
    { protocol: "frames", url: "https://catcher.example.com/", destination: "https://catcher.example.com", pins: [] },
  ],
  [
    "HTTPS://Catcher.example.com/behind/a/proxy//",
    {
      protocol: "frames",
      url: "https://catcher.example.com/behind/a/proxy",
      destination: "https://catcher.example.com/behind/a/proxy",
      pins: [],
    },
  ],
  [
    "http://127.0.0.1:8474",
    { protocol: "frames", url: "http://127.0.0.1:8474/", destination: "http://127.0.0.1:8474", pins: [] },
  ],
  ["http://[::1]:1", { protocol: "frames", url: "http://[::1]:1/", destination: "http://[::1]:1", pins: [] }],
  [
    "insecure+http://192.168.1.5:8474",
    {
      protocol: "frames",
      url: "http://192.168.1.5:8474/",
      destination: "insecure+http://192.168.1.5:8474",
      pins: [],
    },
  ],
  [
    "logtail+https://log.example.com/c/tailnode.log.tailscale.io",
    {
      protocol: "logtail",
      url: "https://log.example.com/c/tailnode.log.tailscale.io",
      destination: "logtail+https://log.example.com/c/tailnode.log.tailscale.io",
      pins: [],
    },
  ],
  [
    `https://c.example.com#ca=/etc/ca.pem&pin=${pin}&pin=${pin.toUpperCase()}`,
    {
      protocol: "frames",
      url: "https://c.example.com/",
      destination: "https://c.example.com",
      caFile: "/etc/ca.pem",
      pins: [pin, pin],
    },
  ],
])("%s is a destination", (text, address) => {
  expect(parsed(text)).toEqual(address);
});

test.each([
  ["nonsense", /"nonsense" is no address of a catcher; name one such as https/],
  ["ftp://example.com", /no address/],
  ["https://", /no address/],
  ["https://user:secret@example.com", /no user name/],
  ["https://example.com/?a=b", /no user name, password or query/],
  ["http://catcher.example.com", /not encrypted.*insecure\+http:\/\/catcher\.example\.com\.$/],
  ["http://192.168.1.5", /not encrypted/],
  ["http://localhost.example.com", /not encrypted/],
  ["insecure+https://example.com", /insecure\+ belongs before http/],
  ["logtail+https://log.example.com", /ends in \/c\/ and a collection/],
  ["logtail+https://log.example.com/c/two words", /ends in \/c\//],
  [`logtail+https://log.example.com/c/tailnode/${secret}`, /Leave the private ID out/],
  ["https://example.com#pin=1234", /64 hex digits/],
  ["https://example.com#pins=1234", /stand ca=.*and pin=/],
  ["https://example.com#ca=/a&ca=/b", /once/],
  [`http://127.0.0.1#pin=${pin}`, /Without encryption/],
])("%s is none, and the message says what would be one", (text, message) => {
  expect(() => parseAddress(text)).toThrow(message);
});

test.each([
  `https://user:${secret}@example.com`,
  `nonsense://user:${secret}@example.com`,
  `nonsense?token=${secret}`,
  `nonsense/${secret}`,
  `https://example.com?token=${secret}`,
  `logtail+https://log.example.com/c/${secret}`,
])("what may be secret in an address that is none is not repeated", (text) => {
  expect(() => parseAddress(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }));
});
