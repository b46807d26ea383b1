import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The folder of the built window. @throws with the remedy where it has not been built. */
export async function builtWindow(): Promise<string> {
  const folder = fileURLToPath(new URL("../dist/renderer", import.meta.url));
  try {
    await access(`${folder}/index.html`);
  } catch {
    throw new Error(
      `The window has not been built: there is no ${folder}/index.html. Run \`npm run build\`, or start with \`npm start\`.`,
    );
  }
  return folder;
}
