// Who the keys of the log are, as main last told it. One writer: directoryReceived.
import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { applyDifference, type Directory, directoryOf } from "../../shared/directory/difference.ts";
import type { DirectoryUpdate } from "../../shared/directory/model.ts";
import { indexByKey, type KeyIndex, type Named, whoIs } from "../../shared/directory/names.ts";

export interface DirectoryState {
  /** Null until the first snapshot. */
  readonly directory: Directory | null;
  /** Its nodes, this machine among them, by short key. */
  readonly index: KeyIndex;
}

export const useDirectory = create<DirectoryState>(() => ({ directory: null, index: new Map() }));

export function directoryReceived(update: DirectoryUpdate): void {
  const { directory: before } = useDirectory.getState();
  const directory =
    update.kind === "snapshot" ? directoryOf(update.directory) : before && applyDifference(before, update.difference);
  // A difference without a snapshot before it has nothing to apply to; every stream starts with a snapshot, so there is none.
  if (directory === null) return;
  if (directory.peers === before?.peers && directory.self === before.self) useDirectory.setState({ directory });
  else useDirectory.setState({ directory, index: indexByKey(nodesOf(directory)) });
}

function* nodesOf({ self, peers }: Directory) {
  if (self !== null) yield self;
  yield* peers.values();
}

/** Whose a key of the log is. Whoever asks draws again only when that is told anew. */
export function useNamed(peer: string): Named {
  return useDirectory(useShallow((state) => whoIs(state.index, peer)));
}

/** Names by peer for a whole table: null where a key is not one node's. */
export function nameIn(index: KeyIndex, peer: string): string | null {
  const named = whoIs(index, peer);
  return named.kind === "known" ? named.node.name : null;
}
