// The page may draw and talk to us, and nothing else. Electron's security checklist: https://www.electronjs.org/docs/latest/tutorial/security
import type { CustomScheme } from "electron";
import { readWindowFile, windowHeaders } from "../window-files.ts";
import { ownOrigin, scheme } from "./address.ts";
import type { Contents, Sender, ShellSession } from "./electron-parts.ts";

/** Has to be registered before the app is ready. "standard" gives the page an origin; without it 'self' in the policy would name nothing. */
export const windowScheme: CustomScheme = {
  scheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

/** Answers for the window's scheme: the files of `folder`, to GET, under our own host, with the content security policy. */
export function windowProtocol(folder: string): (request: Request) => Promise<Response> {
  const headers = windowHeaders({ connect: "'none'" });
  const refuse = (status: number, sentence: string) =>
    new Response(`${sentence}\n`, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
  return async (request) => {
    if (request.method !== "GET") return refuse(405, "Only GET is answered here.");
    const { protocol, host, pathname } = new URL(request.url);
    const file = `${protocol}//${host}` === ownOrigin ? await readWindowFile(folder, pathname) : undefined;
    if (file === undefined) return refuse(404, "There is no such file here.");
    return new Response(file.bytes, { headers: { ...headers, "content-type": file.type } });
  };
}

/** Only the page itself is given a port: no frame in it, and nothing that was loaded in its place. */
export function isOwnPage(sender: Sender | null): boolean {
  return sender !== null && sender.parent === null && sender.origin === ownOrigin;
}

/** No other page in the window, no other window, no guest page. A reload from the menu is not a navigation of the page and works. */
export function confine(contents: Contents): void {
  const deny = (event: { preventDefault(): void }) => event.preventDefault();
  contents.on("will-frame-navigate", deny);
  contents.on("will-redirect", deny);
  contents.on("will-attach-webview", deny);
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** Putting text on the clipboard when a button says so: `navigator.clipboard.writeText`. Chromium asks for a click or a key besides. */
const clipboardWrite = "clipboard-sanitized-write";

/** No camera, no notifications, no clipboard read …: whatever a page may ask a browser for, but to write to the clipboard. */
export function denyPermissions(session: ShellSession): void {
  session.setPermissionCheckHandler((_contents, permission) => permission === clipboardWrite);
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === clipboardWrite));
}
