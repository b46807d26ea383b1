import { type ParseArgsConfig, parseArgs } from "node:util";
import { WrongSetting } from "../main/platform/wrong-setting.ts";

/** The arguments do not fit the command; the message says which and why. Commands answer it with exit code 2. */
export class WrongUsage extends Error {
  override readonly name = "WrongUsage";
}

/** node:util's parseArgs, whose complaints are WrongUsage. */
export function parse<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Runs a command's body and turns what it throws into messages and exit codes: 2 for wrong usage, 1 for anything else.
 */
export async function withExitCode(
  usage: string,
  stderr: NodeJS.WritableStream,
  body: () => Promise<number>,
): Promise<number> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof WrongUsage || error instanceof WrongSetting) {
      stderr.write(`${error.message}\nusage: gristmill ${usage}\n`);
      return 2;
    }
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
