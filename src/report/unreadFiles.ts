import type { WrittenFile } from "../Sink.ts"

/**
 * Says in a sentence that `mlcroissant` reads no records of these files; null where it reads them.
 *
 * Seen with version 1.1.1, which knows neither Arrow nor Zstandard.
 */
export const unreadFiles = (files: ReadonlyArray<WrittenFile>): string | null => {
  const kinds = [
    ...(files.some(({ path }) => path.endsWith(".arrow")) ? ["Arrow files"] : []),
    ...(files.some(({ path }) => path.endsWith(".zst")) ? ["JSON Lines compressed with Zstandard"] : [])
  ]
  return kinds.length === 0
    ? null
    : `mlcroissant reads no records of ${kinds.join(" and ")}: it takes them from Parquet or plain JSON Lines.`
}
