import * as Effect from "effect/Effect"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import { countRows } from "./countRows.ts"

/**
 * Counts the rows that the source of a plan holds, bad ones included, or returns null where that is not known.
 *
 * A source in memory says it, and so do Parquet and Arrow files; text files of up to 256 MB are read. A file that cannot be
 * read is no error here: the run will say so.
 */
export const sourceRows = (plan: Plan<Run>): Effect.Effect<number | null> =>
  Effect.gen(function* () {
    const source = plan.steps[0]
    const config = source?.config
    if (source === undefined || typeof config !== "object" || config === null) return null
    if ("nRows" in config && typeof config.nRows === "number") return config.nRows
    if (!("paths" in config) || !Array.isArray(config.paths)) return null
    const [{ sourceFiles }, { hubShards }, { inspectFile }] = yield* Effect.promise(() =>
      Promise.all([
        import("../sources/sourceFiles.ts"),
        import("../sources/hubShards.ts"),
        import("../sources/inspectFile.ts")
      ])
    )
    const split = "split" in config && typeof config.split === "string" ? config.split : undefined
    const files = yield* sourceFiles(config.paths.map(String), (folder) => hubShards(folder, split))
    const { key } = source
    let total = 0
    for (const { name } of files) {
      const nRows =
        key === "jsonl" || key === "json" || key === "csv"
          ? yield* countRows(name, key)
          : (yield* inspectFile(name, { rows: 0 })).nRows
      if (nRows === null) return null
      total += nRows
    }
    return total
  }).pipe(Effect.orElseSucceed(() => null))
