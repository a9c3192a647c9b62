import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import type { AuditJson } from "../../src/cli/AuditJson.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const random = keyedRandom("audit test")
/** Three votes on each of 400 pairs, one in ten of them wrong. */
const longVotes = [
  "question,a,b,winner,who",
  ...Array.from({ length: 1200 }, (_, i) => {
    const pair = Math.floor(i / 3)
    const isFirst = pair % 2 === 0
    const isWrong = random() < 0.1
    return `question ${pair},<b>answer ${pair} a</b>,answer ${pair} b,${isFirst === isWrong ? "b" : "a"},${["ada", "bram", "chen"][i % 3]}`
  })
].join("\n")

const { folder, remove } = temporaryFolder({
  "votes.csv": `${longVotes}\n`,
  "pairs.jsonl": Array.from(
    { length: 30 },
    (_, i) => `{"prompt":"p${i}","chosen":"yes ${i}","rejected":"no ${i}"}\n`
  ).join(""),
  "other.jsonl": '{"x":1}\n'
})
afterAll(remove)

const audit = (...args: ReadonlyArray<string>) => runPrefloom(["audit", ...args], { cwd: folder })
const named = ["--prompt", "question", "--chosen", "a", "--rejected", "b", "--label", "winner", "--annotator", "who"]

describe("audit", () => {
  it.concurrent("finds the noise of votes, and leaves every number and every label behind", async () => {
    const { code, stderr, stdout } = await audit("votes.csv", ...named, "--out", "out/long", "--json")
    assert.strictEqual(code, 0, stderr)
    const result = JSON.parse(stdout) as AuditJson
    assert.deepStrictEqual([result.rows, result.pairs, result.labels, result.ties], [1200, 400, 1200, 0])
    assert.closeTo(result.noiseRate!.estimate, 0.1, 0.03)
    assert.isTrue(result.noiseRate!.ci95[0] < 0.1 && 0.1 < result.noiseRate!.ci95[1] + 0.01)
    assert.deepStrictEqual(
      result.annotators.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1)),
      ["ada", "bram", "chen"]
    )
    assert.strictEqual(result.agreement.pairwise.length, 3)
    const out = path.join(folder, "out/long")
    assert.deepStrictEqual(JSON.parse(fs.readFileSync(path.join(out, "audit.json"), "utf8")), result)
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(path.join(out, "posteriors.parquet")),
      compressors: { ZSTD: (bytes: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(bytes)) }
    })
    assert.strictEqual(rows.length, 1200)
    const suspects = rows.filter((row) => (row["flags"] as ReadonlyArray<string>).includes("suspect"))
    assert.strictEqual(suspects.length, result.flagged)
    assert.isTrue(suspects.every((row) => (row["labelProb"] as number) < 0.5))
    const page = fs.readFileSync(path.join(out, "report.html"), "utf8")
    assert.include(page, "Reliability of each annotator")
    assert.include(page, "Most suspect")
    assert.include(page, "&lt;")
    assert.notInclude(page, "<b>answer")
  })

  it.concurrent("says what it read, and why it gives no number", async () => {
    const { code, stdout } = await audit("pairs.jsonl")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Read as .*chosen/m)
    assert.match(stdout, /^Noise +not known/m)
    assert.match(stdout, /^Warning \(oneVote\): Every item has one vote/m)
    assert.isTrue(fs.existsSync(path.join(folder, "out/audit-pairs/report.html")))
  })

  it.concurrent("refuses columns it cannot read, and names the flags", async () => {
    const { code, stderr } = await audit("other.jsonl")
    assert.strictEqual(code, 1)
    assert.match(stderr, /found the columns? x.*--chosen and --rejected/)
    const missing = await audit("absent.csv")
    assert.strictEqual(missing.code, 1)
    assert.include(missing.stderr, "absent.csv")
    assert.strictEqual((await audit()).code, 2)
  })
})
