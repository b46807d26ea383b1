// The formats of `gristmill grind --format`. A log is in the first one that it begins like.
import { docker } from "./docker.ts";
import { journalExport } from "./export.ts";
import type { Format } from "./format.ts";
import { frames } from "./frames.ts";
import { journalJson } from "./journal-json.ts";
import { logtail } from "./logtail.ts";
import { prefixed } from "./prefixed.ts";
import { text } from "./text.ts";
import { unifiedLog } from "./unified-log.ts";

export const formats: readonly Format[] = [
  frames,
  journalJson,
  docker,
  unifiedLog,
  logtail,
  journalExport,
  prefixed,
  text,
];
