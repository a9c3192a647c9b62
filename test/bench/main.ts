import { auditBench } from "./audit.ts"
import { callsBench } from "./calls.ts"
import { coldStartBench } from "./coldStart.ts"
import { compileBench } from "./compile.ts"
import { convertBench } from "./convert.ts"
import { coverageBench } from "./coverage.ts"
import { crowdBench } from "./crowd.ts"
import { emBench } from "./em.ts"
import { endToEndBench } from "./endToEnd.ts"
import { groupsBench } from "./groups.ts"
import { inOrderBench } from "./inOrder.ts"
import { killBench } from "./kill.ts"
import { parquetBench } from "./parquet.ts"
import { stagesBench } from "./stages.ts"
import { wholeBench } from "./whole.ts"

/** One measured target. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly target: number
  readonly better: "higher" | "lower"
  readonly met: boolean
  readonly detail: string
}

const benches: Readonly<Record<string, () => Promise<Measurement | ReadonlyArray<Measurement>>>> = {
  audit: auditBench,
  coldStart: coldStartBench,
  compile: compileBench,
  convert: convertBench,
  coverage: coverageBench,
  crowd: crowdBench,
  em: emBench,
  stages: stagesBench,
  groups: groupsBench,
  inOrder: inOrderBench,
  endToEnd: endToEndBench,
  calls: callsBench,
  kill: killBench,
  parquet: parquetBench,
  whole: wholeBench
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in benches))
if (unknown.length > 0) {
  process.stderr.write(`Cannot run bench ${unknown.join(", ")}: expected some of ${Object.keys(benches).join(", ")}\n`)
  process.exit(2)
}

const rows: Array<Measurement> = []
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`${name} …\n`)
  rows.push(...[await bench()].flat())
}

const cells = rows.map(({ name, value, unit, target, better, met, detail }) => [
  name,
  value >= 100 ? value.toFixed(0) : value.toPrecision(3),
  `${better === "higher" ? "≥" : "≤"} ${target}`,
  unit,
  met ? "met" : "MISSED",
  detail
])
const titled = [["what", "measured", "target", "unit", "", "how"], ...cells]
const widths = titled[0]!.map((_, column) => Math.max(...titled.map((row) => row[column]!.length)))
for (const row of titled)
  process.stdout.write(
    `${row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd()}\n`
  )
process.stdout.write(`\nNode ${process.versions.node}, ${process.platform} ${process.arch}\n`)
