/** For vi.waitFor: looks often, and waits long enough for a machine that has other things to do. */
export const patience = { timeout: 4_000, interval: 5 };
