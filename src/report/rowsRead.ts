import type { Manifest } from "../Manifest.ts"

/**
 * Counts the rows that all sources of a run gave; null where it has no stage.
 *
 * Of rounds those inside of each count, not the stage that gives the rows of all rounds. What has no source, such as a file that was cleaned,
 * has what went into its first stage.
 */
export const rowsRead = ({ stages }: Pick<Manifest, "stages">): number | null => {
  const sources = stages.filter(({ key, kind }) => kind === "source" && key !== "rounds")
  return sources.length === 0 ? (stages[0]?.rowsIn ?? null) : sources.reduce((sum, { rowsOut }) => sum + rowsOut, 0)
}
