// The built window as both shells serve it: which files, as what, and under which content security policy.
import { readFile } from "node:fs/promises";
import path from "node:path";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

export interface WindowFile {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

/**
 * The file that a URL's path names, "/" being index.html; undefined where there is none.
 * @param folder absolute. Nothing outside it is read, whatever the path says.
 */
export async function readWindowFile(folder: string, pathname: string): Promise<WindowFile | undefined> {
  try {
    const file = path.join(folder, pathname === "/" ? "index.html" : decodeURIComponent(pathname));
    const type = contentTypes[path.extname(file)];
    if (type === undefined || !file.startsWith(folder + path.sep)) return undefined;
    return { type, bytes: await readFile(file) };
  } catch {
    return undefined; // Not there, or a path that is no path.
  }
}

/**
 * Headers for every answer. Nothing is loaded from elsewhere, and nothing runs or styles the page but our own files.
 * @param connect where the page may connect to: the server that it came from, or nowhere.
 */
export function windowHeaders({ connect }: { readonly connect: "'self'" | "'none'" }): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "font-src 'self'",
      `connect-src ${connect}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  };
}
