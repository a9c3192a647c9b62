import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { TypedList } from "../../src/math/TypedList.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { Run } from "../../src/Run.ts"
import { whole } from "../../src/Stage.ts"
import type { Measurement } from "./main.ts"

interface Sample {
  readonly peakMb: number
  readonly inputGb: number
  readonly seconds: number
  readonly nRows: number
  readonly nBelow: number
}

const targetMb = 600
const inputBytes = 2e9

/**
 * Measures the peak memory of a `whole` stage that gets 2 GB of rows of some 4 kB, in a fresh process.
 *
 * The rows are made while they are read, so that the peak is what the stage and its spool hold: Node itself, the numbers of pass
 * one and the buffers of pass two. Needs 2 GB of free disk in the folder for temporary files; it is removed afterwards.
 */
export const wholeBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  try {
    const small = sample(folder, inputBytes / 10)
    const large = sample(folder, inputBytes)
    return [
      {
        name: "whole stage, 2 GB of input",
        value: large.peakMb,
        unit: "MB",
        target: targetMb,
        better: "lower",
        met: large.peakMb <= targetMb,
        detail:
          `${large.inputGb.toFixed(2)} GB in ${large.nRows} rows, peak resident memory of the process; ` +
          `${large.seconds.toFixed(1)} s, ${((1000 * large.inputGb) / large.seconds).toFixed(0)} MB/s in and out; ` +
          `${small.peakMb.toFixed(0)} MB at ${small.inputGb.toFixed(2)} GB`
      }
    ]
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const sample = (folder: string, nBytes: number): Sample => {
  const child = childProcess.spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, String(nBytes)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"]
  })
  if (child.status !== 0)
    throw new Error(`Cannot measure the whole stage: the child process ended with ${child.status}`)
  return JSON.parse(child.stdout) as Sample
}

const fields = {
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  margin: Schema.Finite
}
type Row = Schema.Struct.Type<typeof fields>

/** Rows of 2 to 6 kB, the same for the same byte count. Accents make every eighth text two bytes a character in memory. */
const rowsOf = function* (nBytes: number, made: { nBytes: number; nRows: number }): Generator<ReadonlyArray<Row>> {
  const random = keyedRandom("wholeBench")
  const letters = Array.from({ length: 1 << 20 }, () => "etaoin shrdlu cmfwyp".charAt(Math.floor(20 * random()))).join(
    ""
  )
  const text = (nLetters: number): string => {
    const from = Math.floor(random() * (letters.length - nLetters))
    const cut = letters.slice(from, from + nLetters)
    return random() < 0.125 ? `${cut} 日本` : `${cut}.`
  }
  while (made.nBytes < nBytes) {
    const rows = Array.from({ length: 512 }, (_, i) => {
      const nLetters = 500 + Math.floor(1000 * random())
      const row = {
        id: `row-${made.nRows + i}`,
        prompt: text(nLetters),
        chosen: text(2 * nLetters),
        rejected: text(nLetters),
        margin: random()
      }
      made.nBytes += Buffer.byteLength(row.prompt) + Buffer.byteLength(row.chosen) + Buffer.byteLength(row.rejected)
      return row
    })
    made.nRows += rows.length
    yield rows
  }
}

/** Marks the rows whose margin is below the median: needs all margins before the first row can leave. */
const markLower = whole({
  name: "markLower",
  needs: { margin: Schema.Finite },
  gives: { isLower: Schema.Boolean },
  keeps: true,
  begin: () => {
    const margins = new TypedList(Float64Array)
    return {
      see: (row) => margins.push(row.margin),
      settle: Effect.sync(() => {
        const median = Float64Array.from(margins.values).sort()[Math.floor(margins.length / 2)]!
        return (row: { readonly margin: number }) => [{ isLower: row.margin < median }]
      })
    }
  }
})

const measure = async (folder: string, nBytes: number): Promise<Sample> => {
  const made = { nBytes: 0, nRows: 0 }
  const batches = Stream.fromIterable(rowsOf(nBytes, made), { chunkSize: 1 }).pipe(
    Stream.map((rows, index) => ({ index, rows }))
  )
  const source = Pipeline.make([{ key: "rows", kind: "source", needs: {}, gives: fields, config: {} }], fields, batches)
  const out = { nRows: 0, nBelow: 0, nUnits: 0 }
  const start = performance.now()
  await Effect.runPromise(
    Stream.runForEach(source.pipe(markLower).batches, (batch) =>
      Effect.sync(() => {
        for (const row of batch.rows) {
          out.nRows++
          if (row.isLower) out.nBelow++
          out.nUnits += row.chosen.length
        }
      })
    ).pipe(Effect.provide(Run.layer({ folder })), Effect.scoped)
  )
  if (out.nRows !== made.nRows || out.nBelow !== Math.floor(made.nRows / 2)) throw new Error("Rows were lost")
  return {
    peakMb: process.resourceUsage().maxRSS / 1024,
    inputGb: made.nBytes / 1e9,
    seconds: (performance.now() - start) / 1000,
    nRows: out.nRows,
    nBelow: out.nBelow
  }
}

const [, script, folder, nBytes] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (folder !== undefined && nBytes !== undefined) {
    process.stdout.write(JSON.stringify(await measure(folder, Number(nBytes))))
  } else {
    for (const one of await wholeBench()) process.stdout.write(`${JSON.stringify(one)}\n`)
  }
}
