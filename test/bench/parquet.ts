import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { Run } from "../../src/Run.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { corpus, corpusFields, type CorpusRow } from "./corpus.ts"
import type { Measurement } from "./main.ts"

interface Sample {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMb: number
  readonly fileMb: number
}

const nRows = 100_000
const nSamples = 3

/**
 * Writes the corpus with the `parquet` sink and with DuckDB's COPY from a JavaScript table function, both with zstd and row groups
 * of 10,000 rows.
 *
 * Every sample is a fresh process, the two alternate, medians count. Rows are made while they are written, so that no corpus is
 * held in memory; the time to make the same rows once more, without writing them, is measured in the same process and taken off.
 * Peak memory includes Node and 32 MB of words. The heap grows in small steps, as in
 * every `prefloom run` (see `keepHeapSmall`), for both writers; left alone, V8 lets its young generation grow by some 100 MB over a
 * million rows whatever is written.
 */
export const parquetBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const ours: Array<Sample> = []
  const duckdb: Array<Sample> = []
  for (let i = 0; i < nSamples; i++) {
    ours.push(sample("prefloom", nRows))
    duckdb.push(sample("duckdb", nRows))
  }
  const large = sample("prefloom", 10 * nRows)
  const ourRate = nRows / median(ours.map((one) => one.seconds))
  const theirRate = nRows / median(duckdb.map((one) => one.seconds))
  const peakMb = median(ours.map((one) => one.peakMb))
  const describe = (name: string, samples: ReadonlyArray<Sample>) =>
    `${name}: ${samples.map((one) => `${one.seconds.toFixed(2)} s`).join(", ")}, ${median(samples.map((one) => one.cpuSeconds)).toFixed(1)} s CPU, ${median(samples.map((one) => one.peakMb)).toFixed(0)} MB peak, ${median(samples.map((one) => one.fileMb)).toFixed(1)} MB file`
  return [
    figure(
      "parquet write against DuckDB",
      ourRate / theirRate,
      "x",
      0.7,
      "higher",
      `${ourRate.toFixed(0)} against ${theirRate.toFixed(0)} rows/s; ${describe("prefloom", ours)}; ${describe("duckdb", duckdb)}`
    ),
    figure("parquet write peak memory", peakMb, "MB", 400, "lower", `${nRows} rows of 3.4 kB`),
    figure(
      "parquet write memory growth",
      large.peakMb / peakMb,
      "x",
      1.2,
      "lower",
      `${large.peakMb.toFixed(0)} MB at ${10 * nRows} rows, ${((10 * nRows) / large.seconds).toFixed(0)} rows/s`
    )
  ]
}

const figure = (
  name: string,
  value: number,
  unit: string,
  target: number,
  better: Measurement["better"],
  detail: string
): Measurement => ({
  name,
  value,
  unit,
  target,
  better,
  met: better === "higher" ? value >= target : value <= target,
  detail
})

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const sample = (writer: string, rows: number): Sample => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  const child = childProcess.spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), writer, String(rows), folder],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
  )
  fs.rmSync(folder, { recursive: true, force: true })
  if (child.status !== 0)
    throw new Error(`Cannot measure "${writer}": the process ended with ${child.signal ?? child.status}`)
  return JSON.parse(child.stdout) as Sample
}

const batchRows = 512

const ownWrite = (row: (index: number) => CorpusRow, rows: number, folder: string): Promise<unknown> => {
  const batches = Stream.fromIterable(
    (function* () {
      for (let start = 0, index = 0; start < rows; start += batchRows, index++) {
        const n = Math.min(batchRows, rows - start)
        yield { index, rows: Array.from({ length: n }, (_, i) => row(start + i)) }
      }
    })(),
    { chunkSize: 1 }
  )
  return parquet("corpus.parquet")
    .write(corpusFields, batches)
    .pipe(Effect.provide(Run.layer({ folder })), Effect.scoped, Effect.runPromise)
}

const duckdbWrite = async (row: (index: number) => CorpusRow, rows: number, folder: string): Promise<void> => {
  const duckdb = await import("@duckdb/node-api")
  const { VARCHAR, DOUBLE, BIGINT, BOOLEAN, LIST, STRUCT, listValue, structValue } = duckdb
  const types = {
    id: VARCHAR,
    prompt: LIST(STRUCT({ role: VARCHAR, content: VARCHAR })),
    chosen: VARCHAR,
    rejected: VARCHAR,
    posterior: DOUBLE,
    scoreChosen: DOUBLE,
    scoreRejected: DOUBLE,
    metadata: STRUCT({ source: VARCHAR, language: VARCHAR, nTurns: BIGINT, isVerified: BOOLEAN })
  }
  let next = 0
  const source = duckdb.DuckDBTableFunction.create({
    name: "corpus",
    bindFunction: (info) => {
      for (const [name, type] of Object.entries(types)) info.addResultColumn(name, type)
    },
    initFunction: () => undefined,
    mainFunction: (_info, chunk) => {
      const n = Math.min(2048, rows - next)
      chunk.rowCount = n
      if (n === 0) return
      const taken = Array.from({ length: n }, (_, i) => row(next + i))
      next += n
      const columns = [
        taken.map((one) => one.id),
        taken.map((one) => listValue(one.prompt.map((message) => structValue(message)))),
        taken.map((one) => one.chosen),
        taken.map((one) => one.rejected),
        taken.map((one) => one.posterior),
        taken.map((one) => one.scoreChosen),
        taken.map((one) => one.scoreRejected),
        taken.map((one) => structValue({ ...one.metadata, nTurns: BigInt(one.metadata.nTurns) }))
      ]
      for (const [i, values] of columns.entries()) chunk.setColumnValues(i, values)
    }
  })
  const connection = await (await duckdb.DuckDBInstance.create()).connect()
  connection.registerTableFunction(source)
  await connection.run(
    `COPY (SELECT * FROM corpus()) TO '${path.join(folder, "corpus.parquet")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000)`
  )
}

const clock = () => {
  const { user, system } = process.cpuUsage()
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 }
}

const [, script, writer, rowsText, folder] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (writer === undefined || rowsText === undefined || folder === undefined) {
    for (const one of await parquetBench()) process.stdout.write(`${JSON.stringify(one)}\n`)
  } else {
    keepHeapSmall()
    const rows = Number(rowsText)
    const row = corpus()
    const write = { prefloom: ownWrite, duckdb: duckdbWrite }[writer]!
    const before = clock()
    let nUnits = 0
    for (let i = 0; i < rows; i++) nUnits += row(i).chosen.length
    const start = clock()
    await write(row, rows, folder)
    const end = clock()
    const generation = start.wall - before.wall
    process.stdout.write(
      JSON.stringify({
        seconds: end.wall - start.wall - generation,
        cpuSeconds: end.cpu - 2 * start.cpu + before.cpu,
        peakMb: process.resourceUsage().maxRSS / 1024,
        fileMb: fs.statSync(path.join(folder, "corpus.parquet")).size / 1e6,
        generation,
        nUnits
      })
    )
  }
}
