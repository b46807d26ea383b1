// From what names a destination to what can be sent to.
import type { Disk } from "../../log/disk.ts";
import { WrongSetting } from "../platform/wrong-setting.ts";
import { parseAddress } from "../sinks/address.ts";
import { readTrust } from "../sinks/trust.ts";
import type { DestinationChoice } from "./destination.ts";

/** A destination as the command line, the settings or the demo name it. */
export interface CatcherChoice extends Pick<DestinationChoice, "consent" | "cursor"> {
  /** See sinks/address.ts. */
  readonly address: string;
  /** What people know it by, where that is not its address. */
  readonly name?: string;
}

/**
 * Each destination once, however often it is named. One from the settings that cannot be used is said, and nothing is sent to it.
 * @throws WrongSetting for one from the command line that cannot be used.
 */
export async function choicesOf(disk: Disk, catchers: readonly CatcherChoice[]): Promise<readonly DestinationChoice[]> {
  const choices = new Map<string, DestinationChoice>();
  for (const catcher of catchers) {
    try {
      const choice = await choiceOf(disk, catcher);
      choices.set(choice.address.destination, choice);
    } catch (error) {
      if (!(error instanceof WrongSetting) || catcher.consent !== "window") throw error;
      console.warn(`The settings name a catcher that cannot be used, so nothing is sent to it. ${error.message}`);
    }
  }
  return [...choices.values()];
}

async function choiceOf(
  disk: Disk,
  { address: text, consent, name, cursor }: CatcherChoice,
): Promise<DestinationChoice> {
  const address = parseAddress(text);
  const trust = await readTrust(disk, address);
  const destination = name ?? address.destination;
  return { address: { ...address, destination }, trust, consent, ...(cursor === undefined ? {} : { cursor }) };
}
