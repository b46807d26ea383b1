import type { LedgerDay } from "../../../shared/rpc/shapes.ts";
import { formatBytes, formatCount } from "../../ui/format.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./upload-dialog.module.css";
import { placeOf } from "./upload-words.ts";

/** @param days undefined until main has said. */
export function LedgerTable({ days }: { readonly days: readonly LedgerDay[] | undefined }) {
  if (days === undefined) return <p className={styles.nothing}>…</p>;
  if (days.length === 0) return <p className={styles.nothing}>Nothing has left this machine.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.ledger} tabIndex={0} aria-label="What left, by day">
      <table>
        <thead>
          <tr>
            <th>Day</th>
            <th>Destination</th>
            <th data-figure>Entries</th>
            <th data-figure>Bytes</th>
            <th data-figure>Uploads</th>
            <th>From – to</th>
          </tr>
        </thead>
        <tbody className="figure">
          {days.map(({ day, destination, entries, bytes, requests, first, last }) => (
            <tr key={`${day} ${destination}`} data-testid="ledger-day">
              <td>{day}</td>
              <td title={destination}>
                <VisibleText text={placeOf(destination)} />
              </td>
              <td data-figure>{formatCount(entries)}</td>
              <td data-figure>{formatBytes(bytes)}</td>
              <td data-figure>{formatCount(requests)}</td>
              <td>{`${first.slice(11, 19)} – ${last.slice(11, 19)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
