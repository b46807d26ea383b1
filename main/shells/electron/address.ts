// What main and preload must agree on. No imports: this is bundled into the preload.

/** The window has a scheme of its own: a page from file:// could read other files, and its origin would be nobody. */
export const scheme = "app";
export const ownOrigin = `${scheme}://gristmill`;
export const windowAddress = `${ownOrigin}/`;

/** preload → main: the page is ready for a port. */
export const portWanted = "gristmill-port-wanted";
/** main → preload: here is one. */
export const portGiven = "gristmill-port-given";
