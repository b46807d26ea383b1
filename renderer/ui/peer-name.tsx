// A peer by its name, with its short key beside it: the name is the directory's, the key the log's. Never a name that is only likely.
import type { Named } from "../../shared/directory/names.ts";
import { useNamed } from "../state/directory.ts";
import { countOf } from "./format.ts";
import { visibleString } from "./hidden-characters.ts";
import { OsIcon } from "./os-icon.tsx";
import styles from "./peer-name.module.css";
import { VisibleText } from "./visible-text.tsx";

export function PeerName({ peer, withIcon = false }: { readonly peer: string; readonly withIcon?: boolean }) {
  const named = useNamed(peer);
  const name = nameOf(named);
  return (
    <span className={styles.peer} title={nameTitle(named)} data-named={named.kind}>
      {withIcon && named.kind === "known" && (
        <span className={styles.icon} data-online={named.node.online ?? undefined}>
          <OsIcon os={named.node.os} />
        </span>
      )}
      {name !== null && (
        <span className={styles.name} data-doubt={named.kind !== "known" || undefined}>
          <VisibleText text={name} />
        </span>
      )}
      <span className={`mono ${styles.key}`} data-alone={name === null || undefined}>
        <VisibleText text={peer} />
      </span>
    </span>
  );
}

/** What stands for a name: null where there is none. */
export function nameOf(named: Named): string | null {
  switch (named.kind) {
    case "known":
      return named.node.name || null;
    case "ambiguous":
      return `one of ${countOf(named.nodes.length, "peer")}`;
    case "expired":
      return "expired key";
    case "unknown":
      return null;
  }
}

/** Everything about it in one line, for who hovers. */
export function nameTitle(named: Named): string | undefined {
  switch (named.kind) {
    case "known": {
      const { dnsName, name, user, tags, online } = named.node;
      const owner = tags.length > 0 ? tags.join(" ") : user?.login;
      return [dnsName || name, owner, online === false ? "offline" : undefined]
        .filter((part) => part !== undefined && part !== "")
        .map((part) => visibleString(String(part)))
        .join(" · ");
    }
    case "ambiguous":
      return `This short key is that of ${namesOf(named.nodes)}: the log does not say of which it speaks.`;
    case "expired":
      return named.nodes.length === 0
        ? "Every peer whose key has expired goes by this one."
        : `Every peer whose key has expired goes by this one: ${namesOf(named.nodes)}.`;
    case "unknown":
      return undefined;
  }
}

function namesOf(nodes: readonly { readonly name: string }[]): string {
  return nodes.map(({ name }) => visibleString(name)).join(", ");
}
