import * as Effect from "effect/Effect"
import { concurrency, killedRuns } from "../faults/killedRuns.ts"
import type { Measurement } from "./main.ts"

const nRuns = 100

/** Kills 100 runs at random moments, resumes them, and counts what differs and what was asked twice. */
export const killBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const runs = await Effect.runPromise(Effect.scoped(killedRuns(nRuns, 7)))
  const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((total, run) => total + of(run), 0)
  const kills = sum((run) => run.kills)
  const different = runs.filter((run) => !run.sameBytes || run.leaksSecret).length
  const extra = sum((run) => run.requests - run.unique - run.inFlight)
  const detail = `${kills} kills, ${sum((run) => run.inFlight)} calls in flight at them, at most ${Math.max(...runs.map((run) => run.mostInFlight))} of ${concurrency}`
  return [
    {
      name: "killed runs with other bytes or a key in a file",
      value: different,
      unit: `of ${nRuns}`,
      target: 0,
      better: "lower",
      met: different === 0,
      detail
    },
    {
      name: "calls asked again that were not in flight at a kill",
      value: extra,
      unit: "calls",
      target: 0,
      better: "lower",
      met: extra <= 0,
      detail
    }
  ]
}
