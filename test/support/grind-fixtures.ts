import path from "node:path";

/** Where the answers of `npm run fixtures:update` about logs are. */
export const grindFixtures = path.join(import.meta.dirname, "../fixtures/grind");
