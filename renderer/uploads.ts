// What a person asks of the uploads. Each resolves to what went wrong, a sentence, or to null.
import { consentVersion } from "../shared/consent.ts";
import { ask } from "./connect.ts";

const nobody = "There is no connection to Gristmill, so nothing was changed. Try again when it is back.";

async function said(asked: Promise<unknown>): Promise<string | null> {
  try {
    return (await asked) === undefined ? nobody : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const done = () => true;

export function answerConsent(destination: string, agree: boolean): Promise<string | null> {
  return said(ask((client) => client.upload.consent({ destination, agree, text: consentVersion }).then(done)));
}

export function pauseUpload(destination: string): Promise<string | null> {
  return said(ask((client) => client.upload.pause({ destination }).then(done)));
}

export function resumeUpload(destination: string): Promise<string | null> {
  return said(ask((client) => client.upload.resume({ destination }).then(done)));
}

/** Has the whole ledger saved where the browser saves files. */
export function saveLedger(format: "csv" | "json"): Promise<string | null> {
  const saved = async () => {
    const file = await ask((client) => client.upload.exportLedger({ format }));
    if (file === undefined) return undefined;
    const address = URL.createObjectURL(new Blob([file.text], { type: file.type }));
    const link = Object.assign(document.createElement("a"), { href: address, download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // The browser has read it long before.
    return true;
  };
  return said(saved());
}
