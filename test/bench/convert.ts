import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Run } from "../../src/Run.ts"
import type { Measurement } from "./main.ts"

interface Sample {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMb: number
}

const nRows = 1_000_000
const nSamples = 3

/**
 * Converts 1M pairs of about 1 kB from JSON Lines to Parquet, against DuckDB's COPY of the same file, both with zstd and row groups of 10,000.
 *
 * Every sample is a fresh process, they alternate, and the median of the ratios of neighbours counts; start-up of Node is in neither. The second line converts the same file
 * to messages, where every row is parsed and made anew, against the same COPY.
 */
export const convertBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  writeInput(path.join(folder, "in.jsonl"))
  const samples: Record<string, Array<Sample>> = { copied: [], duckdb: [], made: [] }
  for (let i = 0; i < nSamples; i++) for (const [name, list] of Object.entries(samples)) list.push(sample(name, folder))
  fs.rmSync(folder, { recursive: true, force: true })
  // Neighbours in time are compared, since the load of the machine may change between samples.
  const ratioOf = (name: string) =>
    median(samples[name]!.map(({ seconds }, i) => samples["duckdb"]![i]!.seconds / seconds))
  const detail = Object.entries(samples)
    .map(([name, list]) => {
      const cpu = median(list.map((one) => one.cpuSeconds)).toFixed(1)
      return `${name}: ${list.map((one) => `${one.seconds.toFixed(1)} s`).join(", ")}, ${cpu} s CPU`
    })
    .join("; ")
  const peakMb = Math.max(...[...samples["copied"]!, ...samples["made"]!].map((one) => one.peakMb))
  const ratio = ratioOf("copied")
  const madeRatio = ratioOf("made")
  const common = { unit: "x", target: 0.5, better: "higher" } as const
  return [
    { ...common, name: "convert, same columns, against DuckDB", value: ratio, met: ratio >= 0.5, detail },
    {
      ...common,
      name: "convert, rows made anew, against DuckDB",
      value: madeRatio,
      met: madeRatio >= 0.5,
      detail: "texts to messages of distilabel"
    },
    {
      name: "convert peak memory",
      value: peakMb,
      unit: "MB",
      target: 500,
      better: "lower",
      met: peakMb <= 500,
      detail: `${nRows} rows`
    }
  ]
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const words =
  'alpha beta river mountain answer question because therefore model reward data signal honest "quoted" line\nbreak éclair 模型'.split(
    " "
  )

const writeInput = (file: string): void => {
  const random = keyedRandom("convert bench")
  const text = (length: number) => {
    let made = ""
    while (made.length < length) made += `${words[Math.floor(random() * words.length)]!} `
    return made
  }
  const descriptor = fs.openSync(file, "w")
  for (let start = 0; start < nRows; start += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) => {
      const row = {
        prompt: `${start + i} ${text(120 + random() * 100)}`,
        chosen: text(250 + random() * 300),
        rejected: text(200 + random() * 300),
        score_chosen: Math.round(random() * 5000) / 1000,
        score_rejected: Math.round(random() * 5000) / 1000,
        source: `src${i % 7}`
      }
      return `${JSON.stringify(row)}\n`
    })
    fs.writeSync(descriptor, lines.join(""))
  }
  fs.closeSync(descriptor)
}

const sample = (name: string, folder: string): Sample => {
  const child = childProcess.spawnSync(
    process.execPath,
    ["--conditions=@prefloom/source", fileURLToPath(import.meta.url), name, folder],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
  )
  if (child.status !== 0)
    throw new Error(`Cannot measure "${name}": the process ended with ${child.signal ?? child.status}`)
  return JSON.parse(child.stdout) as Sample
}

const convert = (folder: string, to: string): Promise<unknown> =>
  convertFiles(
    { files: [path.join(folder, "in.jsonl")], to, out: path.join(folder, `${to}.parquet`), named: {} },
    { what: "", nRows: 0, totalRows: null }
  ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)

const runs: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  copied: (folder) => convert(folder, "trl-preference"),
  made: (folder) => convert(folder, "distilabel"),
  duckdb: async (folder) => {
    const duckdb = await import("@duckdb/node-api")
    const connection = await (await duckdb.DuckDBInstance.create()).connect()
    const input = path.join(folder, "in.jsonl")
    await connection.run(
      `COPY (SELECT * FROM read_json('${input}', format = 'newline_delimited')) TO '${path.join(folder, "duckdb.parquet")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000)`
    )
  }
}

const [, script, name, folder] = process.argv
if (script === fileURLToPath(import.meta.url) && name !== undefined && folder !== undefined) {
  keepHeapSmall()
  const start = performance.now()
  const cpu = process.cpuUsage()
  await runs[name]!(folder)
  const { system, user } = process.cpuUsage(cpu)
  process.stdout.write(
    JSON.stringify({
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMb: process.resourceUsage().maxRSS / 1024
    })
  )
}
