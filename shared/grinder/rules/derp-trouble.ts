// What DERP regions are called, and when their connections fail. Reference 2.2.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const receiving = /^[0-9a-f]{1,16}\] derp\.Recv\(derp-(\d{1,5})\): (?=\S)/;
const named = /^(\d{1,5}) \(([\w-]{1,32})\)\s*$/;
const pinged = /^(\d{1,5}) (?:(okay)\s*$|error: (?=\S))/;
const region = /^(\d{1,5})\s*$/;

function regionNamed(rest: string): readonly Change[] {
  const [, id, code] = named.exec(rest) ?? [];
  return code === undefined ? [] : [{ kind: "derp-code", region: Number(id), code }];
}

const connecting = (caller: string): Rule => ({
  name: `derp-connecting-${caller.toLowerCase()}`,
  literal: `derphttp.Client.${caller}: connecting to derp-`,
  samples: [`derphttp.Client.${caller}: connecting to derp-4 (fra)`],
  parse: regionNamed,
});

export const derpTrouble: readonly Rule[] = [
  ...["Connect", "Recv", "Send"].map(connecting),
  {
    name: "derp-receive-error",
    literal: "magicsock: [0x",
    samples: [
      "magicsock: [0xc000123456] derp.Recv(derp-4): read tcp4 192.168.1.10:51234->203.0.113.1:443: connection reset by peer",
      "8.4M/31.2M magicsock: [0xc000123456] derp.Recv(derp-10): EOF",
    ],
    parse: (rest) => {
      const [head = "", id] = receiving.exec(rest) ?? [];
      return id === undefined
        ? []
        : [{ kind: "derp-trouble", region: Number(id), error: keptText(rest.slice(head.length)) }];
    },
  },
  {
    name: "derp-ping",
    literal: "post-rebind ping of DERP region ",
    samples: [
      "post-rebind ping of DERP region 4 okay",
      "post-rebind ping of DERP region 4 error: context deadline exceeded. Closing.",
    ],
    parse: (rest) => {
      const [head = "", id, okay] = pinged.exec(rest) ?? [];
      if (id === undefined) return [];
      const error = okay === undefined ? keptText(rest.slice(head.length)) : null;
      return [{ kind: "derp-trouble", region: Number(id), error }];
    },
  },
  {
    name: "derp-key-changed",
    literal: "magicsock: private key changed, reconnecting to home derp-",
    samples: ["magicsock: private key changed, reconnecting to home derp-4"],
    parse: (rest) => {
      const id = region.exec(rest)?.[1];
      const sentence = `The node key changed: connecting to the home DERP region ${id} anew.`;
      return id === undefined ? [] : [{ kind: "happened", event: "node-key", sentence }];
    },
  },
];
