import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import { besidePipeline } from "./besidePipeline.ts"
import { sameColumns } from "./sameColumns.ts"

/**
 * Puts the rows of another pipeline behind those of this one: `offline.pipe(merge(online))`.
 *
 * Both have to have the same columns; name the origin in one of them where it matters, so that `interleave` can mix by it. The other
 * pipeline runs when this one has ended, with the same seed; its stages are listed in front of `merge`. Nothing is kept in memory.
 * Throws a WiringError on different columns.
 */
export const merge =
  <Row, E, R>(other: Pipeline.Pipeline<Row, E, R>) =>
  <E0, R0>(input: Pipeline.Pipeline<NoInfer<Row>, E0, R0>): Pipeline.Pipeline<Row, E | E0, R | R0 | Run> => {
    sameColumns("merge", { name: "the first", columns: input.columns }, { name: "the second", columns: other.columns })
    const key = Pipeline.nextKey(input.steps, "merge")
    const step: Pipeline.Step = {
      key,
      kind: "reshape",
      needs: {},
      gives: {},
      config: { with: other.steps[0]?.key ?? null }
    }
    const beside = besidePipeline([...input.steps, step], other)
    const batches = Stream.unwrap(
      Effect.map(Run, (run) => {
        const counts = run.progress.stage(key)
        let index = 0
        return Stream.concat(input.batches, beside.batches).pipe(
          Stream.map(({ rows }) => {
            counts.rowsIn += rows.length
            counts.rowsOut += rows.length
            return { index: index++, rows }
          })
        )
      })
    )
    return Pipeline.make([...input.steps, ...beside.steps, step], input.columns, batches)
  }
