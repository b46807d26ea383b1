import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applyDifference,
  type Directory,
  differenceBetween,
  directoryOf,
  sharing,
  viewOf,
} from "../../../shared/directory/difference.ts";
import type { DirectoryView } from "../../../shared/directory/model.ts";
import { directoryNode } from "../../support/directory-nodes.ts";

const nodes = fc
  .uniqueArray(fc.integer({ min: 0, max: 8 }))
  .chain((ids) =>
    fc.tuple(...ids.map((id) => fc.boolean().map((online) => directoryNode(`node-${id}`, "[YkXSE]", { online })))),
  );
const view: fc.Arbitrary<DirectoryView> = fc.record({
  standing: fc.record({
    ...{
      state: fc.constantFrom("looking", "watching", "waiting"),
      sentence: fc.constant(null),
      place: fc.constant("x"),
    },
    ...{ version: fc.constant(null), asked: fc.option(fc.integer({ min: 0, max: 2 })) },
  }),
  tailnet: fc.constantFrom("", "example.com"),
  self: fc.option(fc.constant(directoryNode("alice", "[LhW0B]"))),
  peers: nodes,
  disagreements: fc.constant([]),
});

const inOrder = (directory: Directory) => {
  const { peers, ...rest } = viewOf(directory);
  return { ...rest, peers: peers.toSorted((a, b) => (a.nodeKey < b.nodeKey ? -1 : 1)) };
};

test("whoever takes every difference knows what there is, and what says the same is the same object", () => {
  fc.assert(
    fc.property(fc.array(view, { minLength: 1 }), ([first, ...views]) => {
      let [directory, known] = [directoryOf(first as DirectoryView), directoryOf(first as DirectoryView)];
      for (const each of views) {
        const next = sharing(directory, directoryOf(each));
        const difference = differenceBetween(directory, next);
        const isChanged = (peer: { nodeKey: string }) =>
          JSON.stringify(directory.peers.get(peer.nodeKey)) !== JSON.stringify(peer);
        expect(difference?.peers ?? []).toEqual(each.peers.filter(isChanged));
        if (difference !== undefined) known = applyDifference(known, difference);
        directory = next;
        expect(inOrder(known)).toEqual(inOrder(directory));
      }
    }),
    { numRuns: 200 },
  );
});
