// What tailscaled's directory says of the peer: whose it is and where it stands. Nothing where it has no name for the key.
import { Fragment, type ReactNode } from "react";
import type { DirectoryNode } from "../../../shared/directory/model.ts";
import { useNamed } from "../../state/directory.ts";
import { formatMoment } from "../../ui/format.ts";
import { useToday } from "../../ui/now.ts";
import { OsIcon } from "../../ui/os-icon.tsx";
import { nameTitle } from "../../ui/peer-name.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./who-it-is.module.css";

export function WhoItIs({ peer }: { readonly peer: string }) {
  const named = useNamed(peer);
  if (named.kind === "unknown") return null;
  if (named.kind !== "known") return <p className={styles.doubt}>{nameTitle(named)}</p>;
  return <Facts node={named.node} />;
}

function Facts({ node }: { readonly node: DirectoryNode }) {
  const today = useToday();
  const { os, user, tags, addresses, online, lastSeen, home, exitNode, isExpired, dnsName } = node;
  const seen = lastSeen === null ? "" : `, last seen ${formatMoment(lastSeen, today)}`;
  return (
    <dl className={styles.facts} aria-label="Who it is" data-testid="who-it-is">
      <Fact name={tags.length > 0 ? "Tags" : "Owner"}>
        {tags.length > 0 && tags.map((tag) => <Tag key={tag} tag={tag} />)}
        {tags.length === 0 && user !== null && <Owner {...user} />}
      </Fact>
      <Fact name="System">
        {os !== "" && (
          <>
            <OsIcon os={os} /> <VisibleText text={os} />
          </>
        )}
      </Fact>
      <Fact name="State">
        {online !== null && (
          <span className={styles.online} data-online={online}>
            {online ? "online" : `offline${seen}`}
          </span>
        )}
        {isExpired && <span className={styles.expired}>key expired</span>}
      </Fact>
      <Fact name="Name in DNS">{dnsName !== "" && <VisibleText text={dnsName} />}</Fact>
      <Fact name="Addresses">
        {addresses.map((address) => (
          <span key={address} className={`mono ${styles.address}`}>
            <VisibleText text={address} />
          </span>
        ))}
      </Fact>
      <Fact name="Home DERP">{home !== "" && <VisibleText text={home} />}</Fact>
      <Fact name="Exit node">{exitNode}</Fact>
    </dl>
  );
}

function Owner({ login, display }: { readonly login: string; readonly display: string }) {
  return (
    <>
      {display !== "" && display !== login && (
        <>
          <VisibleText text={display} />{" "}
        </>
      )}
      <span className={styles.login}>
        <VisibleText text={login} />
      </span>
    </>
  );
}

function Tag({ tag }: { readonly tag: string }) {
  return (
    <span className={`mono ${styles.tag}`}>
      <VisibleText text={tag} />
    </span>
  );
}

/** Left out where there is nothing to say. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const said = Array.isArray(children) ? children.some(isSaid) : isSaid(children);
  if (!said) return null;
  return (
    <Fragment>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </Fragment>
  );
}

function isSaid(child: ReactNode): boolean {
  return child !== null && child !== undefined && child !== false && child !== "";
}
