import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Batch } from "../Batch.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import { runView } from "../runView.ts"

/** A pipeline that runs as part of another one. */
interface Beside<Row, E, R> {
  /** Its steps, under keys that the other one does not have. */
  readonly steps: ReadonlyArray<Pipeline.Step>
  readonly batches: Stream.Stream<Batch<Row>, E, R | Run>
}

/**
 * Puts a pipeline beside the steps of another one: equal keys get a number, and its counts, rejects and findings are filed under it.
 *
 * What its stages draw still depends on the names they have by themselves, so it gives the rows that it would give alone.
 */
export const besidePipeline = <Row, E, R>(
  steps: ReadonlyArray<Pipeline.Step>,
  other: Pipeline.Pipeline<Row, E, R>
): Beside<Row, E, R> => {
  const keys = new Map<string, string>()
  const renamed: Array<Pipeline.Step> = []
  for (const step of other.steps) {
    const key = Pipeline.nextKey([...steps, ...renamed], step.key.replace(/#\d+$/, ""))
    keys.set(step.key, key)
    // Nobody knows how many rows that is from the rows of the first source.
    const { callsPerRow } = step
    renamed.push({ ...step, key, ...(callsPerRow === undefined ? {} : { callsPerRow: `${callsPerRow} beside` }) })
  }
  const batches = Stream.unwrap(
    Effect.map(Run, (run) =>
      Stream.provideService(other.batches, Run, runView(run, { keyOf: (key) => keys.get(key) ?? key }))
    )
  )
  return { steps: renamed, batches }
}
