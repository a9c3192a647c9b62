import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { prefloomPath } from "../cli/runPrefloom.ts"
import type { Measurement } from "./main.ts"

const nAnnotators = 200
const votesPerPair = 3

/**
 * Measures `prefloom audit` in a fresh process: time and peak resident memory for a million votes with texts, some 500 characters a
 * row, and for ten million votes that name their pair and have no texts; three votes a pair, 200 annotators, one vote in ten wrong.
 *
 * Needs 1.5 GB of free disk in the folder for temporary files; it is removed afterwards.
 */
export const auditBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
  try {
    return [
      ...measure(folder, "1M votes with texts", 1e6, withTexts, { seconds: 180, mb: 1000 }),
      ...measure(folder, "10M votes without texts", 1e7, withoutTexts, { seconds: 600, mb: 2500 })
    ]
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

interface Vote {
  readonly pair: number
  readonly who: number
  readonly isFirst: boolean
}

const withTexts = {
  name: "texts.jsonl",
  head: "",
  flags: [],
  line: ({ isFirst, pair, who }: Vote) =>
    `{"prompt":"${text(3 * pair, 100)}","response_a":"${text(3 * pair + 1, 200)}","response_b":"${text(3 * pair + 2, 200)}","winner":"${isFirst ? "a" : "b"}","annotator":"who ${who}"}\n`
}

const withoutTexts = {
  name: "votes.csv",
  head: "pair,winner,annotator\n",
  flags: ["--pair", "pair", "--label", "winner", "--annotator", "annotator"],
  line: ({ isFirst, pair, who }: Vote) => `pair ${pair},${isFirst ? "a" : "b"},who ${who}\n`
}

const measure = (
  folder: string,
  what: string,
  nVotes: number,
  form: typeof withoutTexts | typeof withTexts,
  target: { readonly seconds: number; readonly mb: number }
): ReadonlyArray<Measurement> => {
  const file = path.join(folder, form.name)
  const bytes = writeVotes(file, form.head, nVotes, form.line)
  const peakFile = path.join(folder, "peak")
  const hook = `process.on("exit", () => process.getBuiltinModule("fs").writeFileSync(${JSON.stringify(peakFile)}, String(process.resourceUsage().maxRSS)))`
  const startedAt = performance.now()
  const child = childProcess.spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(hook)}`,
      prefloomPath,
      "audit",
      file,
      ...form.flags,
      "--out",
      path.join(folder, "out"),
      "--json"
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e9 }
  )
  const seconds = (performance.now() - startedAt) / 1000
  if (child.status !== 0) throw new Error(`Cannot measure the audit: the process ended with ${child.status}`)
  const mb = Number(fs.readFileSync(peakFile, "utf8")) / 1024
  const { noiseRate } = JSON.parse(child.stdout) as { readonly noiseRate: { readonly estimate: number } | null }
  fs.rmSync(file)
  const detail = `${(bytes / 1e6).toFixed(0)} MB, ${nAnnotators} annotators, noise rate found ${noiseRate?.estimate.toFixed(4) ?? "null"}, planted 0.1`
  return [
    {
      name: `audit of ${what}`,
      value: seconds,
      unit: "s",
      target: target.seconds,
      better: "lower",
      met: seconds <= target.seconds,
      detail
    },
    {
      name: `audit of ${what}, peak`,
      value: mb,
      unit: "MB",
      target: target.mb,
      better: "lower",
      met: mb <= target.mb,
      detail
    }
  ]
}

const words = "the of and to in is that for it as was with be by on not he his but at are this have from or had".split(
  " "
)

/** A text of about as many characters, the same for the same number. */
const text = (key: number, nCharacters: number): string => {
  let written = `${key}`
  let state = key + 1
  while (written.length < nCharacters) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    written += ` ${words[(state >>> 16) % words.length]!}`
  }
  return written
}

const writeVotes = (file: string, head: string, nVotes: number, line: (vote: Vote) => string): number => {
  const random = keyedRandom("auditBench")
  const handle = fs.openSync(file, "w")
  let bytes = 0
  let lines = [head]
  for (let v = 0; v < nVotes; v++) {
    const pair = Math.floor(v / votesPerPair)
    const isRight = random() >= 0.1
    const who = (67 * v + Math.floor(60 * random())) % nAnnotators
    lines.push(line({ pair, who, isFirst: (pair % 2 === 0) === isRight }))
    if (lines.length < 1e4 && v < nVotes - 1) continue
    bytes += fs.writeSync(handle, lines.join(""))
    lines = []
  }
  fs.closeSync(handle)
  return bytes
}
