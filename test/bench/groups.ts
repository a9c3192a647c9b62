import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Measurement } from "./main.ts"

const run = promisify(execFile)
const nGroups = 10_000
const nSamples = 3

/** Groups of 8 candidates with 5 judgments each through six stages (judge by rule, verify, aggregate, pair, order, split). */
export const groupsBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const measured: Array<{ readonly seconds: number; readonly peakMb: number }> = []
  for (let i = 0; i < nSamples; i++) {
    const script = path.join(import.meta.dirname, "groupsRun.ts")
    const { stdout } = await run(process.execPath, ["--conditions=@prefloom/source", script, String(nGroups)])
    measured.push(JSON.parse(stdout) as (typeof measured)[number])
  }
  const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(nSamples / 2)]!
  const rate = nGroups / median(measured.map(({ seconds }) => seconds))
  const peak = median(measured.map(({ peakMb }) => peakMb))
  const detail = "10,000 groups × 8 candidates × 5 judgments, six stages, no calls, median of 3"
  return [
    {
      name: "groups through six stages",
      value: rate,
      unit: "groups/s",
      target: 5000,
      better: "higher",
      met: rate >= 5000,
      detail
    },
    { name: "the same, memory", value: peak, unit: "MB", target: 700, better: "lower", met: peak <= 700, detail }
  ]
}
