// Who may talk to the headless shell: pages that it served itself, opened by someone who has the token.
// Other web pages can reach a loopback port too (also under a name of their own that resolves to it), so Host and Origin are checked.
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Close code of the WebSocket that came without the right token; the window then asks for the address that was printed. */
export const wrongTokenCode = 4401;

/** True where the Host header names this very server on loopback. */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host?.toLowerCase();
  return host === `127.0.0.1:${port}` || host === `localhost:${port}` || host === `[::1]:${port}`;
}

/** True where the page that asks was served from here. A missing Origin is no browser's WebSocket and counts as foreign. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host}`;
}

/** Compares in constant time. */
export function isToken(given: string | null, token: string): boolean {
  const [left, right] = [Buffer.from(given ?? ""), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}
