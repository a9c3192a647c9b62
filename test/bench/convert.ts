import * as childProcess from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { Run } from "../../src/Run.ts"
import type { Measurement } from "./main.ts"

interface Sample {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMb: number
}

/** What a file of pairs holds, made of the texts of each. */
interface Pair {
  readonly i: number
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
  readonly scores: { readonly score_chosen: number; readonly score_rejected: number }
}

const message = (role: string, content: string) => ({ role, content })

const texts = ({ chosen, i, prompt, rejected, scores }: Pair) => ({
  prompt,
  chosen,
  rejected,
  ...scores,
  source: `src${i % 7}`
})

const messages = ({ chosen, i, prompt, rejected, scores }: Pair) => ({
  prompt: [message("user", prompt)],
  chosen: [message("assistant", chosen)],
  rejected: [message("assistant", rejected)],
  ...scores,
  source: `src${i % 7}`
})

const conversations = ({ chosen, prompt, rejected, scores }: Pair) => {
  const better = [message("user", prompt), message("assistant", chosen)]
  return {
    prompt,
    prompt_id: crypto.hash("sha256", prompt),
    chosen: better,
    rejected: [message("user", prompt), message("assistant", rejected)],
    messages: better,
    ...scores
  }
}

const transcripts = ({ chosen, i, prompt, rejected }: Pair) => {
  const history = `\n\nHuman: ${prompt}\n\nAssistant: Which of the ${i}?\n\nHuman: The one at ${i}.\n\nAssistant: `
  return { chosen: history + chosen, rejected: history + rejected }
}

const cases = [
  { from: "trl-preference", to: "trl-preference", about: "same columns", row: texts },
  { from: "trl-preference", to: "distilabel", about: "texts to messages", row: texts },
  { from: "trl-preference", to: "llamafactory-sharegpt", about: "messages to messages", row: messages },
  { from: "ultrafeedback-binarized", to: "trl-preference", about: "whole conversations", row: conversations },
  { from: "hh-rlhf", to: "trl-preference", about: "transcripts", row: transcripts }
]

const nRows = 1_000_000
/** Each twice, in an order that makes up for a machine that grows faster or slower. */
const order = ["prefloom", "DuckDB", "DuckDB", "prefloom"] as const

/**
 * Converts 1M pairs of about 1 kB from JSON Lines to Parquet, for several pairs of formats, against DuckDB's COPY of the same file as it is, both
 * with zstd and row groups of 10,000.
 *
 * Every sample is a fresh process, and the ratio of the sums counts; start-up of Node is in neither. Files are compared with those that DuckDB makes
 * of the rows in them, since some formats hold a text several times. Takes some five minutes on two cores, most of them in the samples.
 */
export const convertBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  const measured: Array<Measurement> = []
  const sizes: Array<{ readonly ratio: number; readonly shown: string }> = []
  let peakMb = 0
  for (const [i, { about, from, row, to }] of cases.entries()) {
    const tell = (what: string) => process.stderr.write(`  ${i + 1} of ${cases.length}, ${about}: ${what}\n`)
    tell(`writing ${nRows} rows`)
    writeInput(path.join(folder, "in.jsonl"), row)
    const converted: Array<Sample> = []
    const duckdb: Array<Sample> = []
    for (const who of order) {
      const one = sample(who === "DuckDB" ? "duckdb" : to, folder)
      tell(`${who} took ${one.seconds.toFixed(1)} s`)
      ;(who === "DuckDB" ? duckdb : converted).push(one)
    }
    const value = secondsOf(duckdb) / secondsOf(converted)
    peakMb = Math.max(peakMb, ...converted.map((one) => one.peakMb))
    measured.push({
      name: `convert ${from} to ${to}, against DuckDB`,
      value,
      unit: "x",
      target: 0.5,
      better: "higher",
      met: value >= 0.5,
      detail: `${about}; ${shown("prefloom", converted)}; ${shown("DuckDB", duckdb)}`
    })
    const ours = outputOf(folder, to)
    const theirs = path.join(folder, "same.parquet")
    await copyWithDuckDb(`'${ours}'`, theirs)
    const [mb, theirMb] = [ours, theirs].map((file) => fs.statSync(file).size / 1e6) as [number, number]
    sizes.push({ ratio: mb / theirMb, shown: `${from} to ${to} ${mb.toFixed(1)} against ${theirMb.toFixed(1)} MB` })
  }
  fs.rmSync(folder, { recursive: true, force: true })
  const ratio = Math.max(...sizes.map((one) => one.ratio))
  return [
    ...measured,
    {
      name: "convert bytes, against DuckDB with the same rows",
      value: ratio,
      unit: "x",
      target: 1,
      better: "lower",
      met: ratio <= 1,
      detail: sizes.map((one) => one.shown).join("; ")
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

const shown = (name: string, samples: ReadonlyArray<Sample>): string => {
  const cpu = samples.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / samples.length
  return `${name}: ${samples.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(", ")}, ${cpu.toFixed(1)} s CPU`
}

const secondsOf = (samples: ReadonlyArray<Sample>): number => samples.reduce((sum, { seconds }) => sum + seconds, 0)

const words =
  'alpha beta river mountain answer question because therefore model reward data signal honest "quoted" line\nbreak éclair 模型'.split(
    " "
  )

const writeInput = (file: string, rowOf: (pair: Pair) => object): void => {
  const random = keyedRandom("convert bench")
  const text = (length: number) => {
    // Joined at the end: a text that grows word by word costs six times as much.
    const made: Array<string> = []
    for (let n = 0; n < length; n += made.at(-1)!.length + 1) made.push(words[Math.floor(random() * words.length)]!)
    return `${made.join(" ")} `
  }
  const score = () => Math.round(random() * 5000) / 1000
  const descriptor = fs.openSync(file, "w")
  for (let start = 0; start < nRows; start += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) => {
      const row = rowOf({
        i: start + i,
        prompt: `${start + i} ${text(120 + random() * 100)}`,
        chosen: text(250 + random() * 300),
        rejected: text(200 + random() * 300),
        scores: { score_chosen: score(), score_rejected: score() }
      })
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

const outputOf = (folder: string, to: string): string => path.join(folder, `${to}.parquet`)

const convert = (folder: string, to: string): Promise<unknown> =>
  convertFiles(
    { files: [path.join(folder, "in.jsonl")], to, out: outputOf(folder, to), named: {} },
    { what: "", nRows: 0, totalRows: null }
  ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)

const copyWithDuckDb = async (rows: string, file: string): Promise<void> => {
  const duckdb = await import("@duckdb/node-api")
  const connection = await (await duckdb.DuckDBInstance.create()).connect()
  await connection.run(
    `COPY (SELECT * FROM ${rows}) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000)`
  )
}

const [, script, name, folder] = process.argv
if (script === fileURLToPath(import.meta.url) && name !== undefined && folder !== undefined) {
  const start = performance.now()
  const cpu = process.cpuUsage()
  const lines = `read_json('${path.join(folder, "in.jsonl")}', format = 'newline_delimited')`
  await (name === "duckdb" ? copyWithDuckDb(lines, path.join(folder, "duckdb.parquet")) : convert(folder, name))
  const { system, user } = process.cpuUsage(cpu)
  process.stdout.write(
    JSON.stringify({
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMb: process.resourceUsage().maxRSS / 1024
    })
  )
}
