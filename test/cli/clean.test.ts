import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import type { Cleaned } from "../../src/cli/Cleaned.ts"
import { cleanMethods, cleanTreatments } from "../../src/cli/cleanMethods.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const random = keyedRandom("clean test")
const votes = (nPairs: number, length: number) =>
  [
    "question,a,b,winner,who",
    ...Array.from({ length: nPairs * 4 }, (_, i) => {
      const pair = Math.floor(i / 4)
      const isRight = random() < [0.95, 0.7, 0.65, 0.6][i % 4]!
      const goodFirst = random() < 0.5
      const [a, b] = goodFirst ? ["good", "bad"] : ["bad", "good"]
      const rest = `${pair} ${"word ".repeat(length)}`
      return `question ${pair},${a} ${rest},${b} ${rest},${isRight === goodFirst ? "a" : "b"},${["ada", "bram", "chen", "dunja"][i % 4]}`
    })
  ].join("\n")
const named = ["--prompt", "question", "--chosen", "a", "--rejected", "b", "--label", "winner", "--annotator", "who"]

const labels = (nPairs: number) =>
  Array.from({ length: nPairs * 2 }, (_, i) => ({
    question: `q${i >> 1}`,
    a: "good",
    b: "bad",
    winner: "a",
    who: `${i % 2}`
  }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join("")

const { folder, remove } = temporaryFolder({
  "votes.csv": `${votes(500, 0)}\n`,
  "parts/train.jsonl": labels(5),
  // Five labels on pairs without a text.
  "parts/test.jsonl": `${labels(5)}${'{"question":"q","a":null,"b":"bad","winner":"a","who":"ada"}\n'.repeat(5)}`,
  "long.csv": `${votes(4000, 100)}\n`,
  "pairs.jsonl": Array.from(
    { length: 30 },
    (_, i) => `{"prompt":"p${i}","chosen":"yes ${i}","rejected":"no ${i}"}\n`
  ).join("")
})
afterAll(remove)

const clean = (...args: ReadonlyArray<string>) => runPrefloom(["clean", ...args], { cwd: folder })

const rowsOf = async (file: string) =>
  (await parquetReadObjects({
    file: await asyncBufferFromFile(path.join(folder, file)),
    compressors: { ZSTD: (bytes: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(bytes)) }
  })) as ReadonlyArray<Readonly<Record<string, unknown>>>

const data = "data/train-00000-of-00001.parquet"

describe("prefloom clean", () => {
  it("prefloom clean refuses the name of a file for its folder, and makes none", async () => {
    for (const out of ["clean.parquet", "deep/clean.jsonl.gz"]) {
      const { code, stderr } = await clean("votes.csv", ...named, "--treatment", "flip", "--out", out)
      assert.strictEqual(code, 2)
      assert.include(
        stderr,
        `Cannot clean into "${out}": found the name of a data file, expected that of a folder, for data, card, rejects and report; leave out the ending, or convert the folder into a file afterwards`
      )
      assert.isFalse(fs.existsSync(path.join(folder, out.split("/")[0]!)))
    }
  })

  it("prefloom clean says what was read, what was done and what comes next, and writes a data set", async () => {
    const { code, stderr, stdout } = await clean("votes.csv", ...named, "--treatment", "flip")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^Read as +columns as named/m)
    assert.match(stdout, /^Method +re-po: one-coin Dawid-Skene/m)
    assert.match(stdout, /^Rows +2,000 in, 500 out, 1,500 rejected$/m)
    assert.match(stdout, /^Pairs +500 of 2,000 votes, \d+ flagged, treatment flip, \d+ flipped$/m)
    assert.match(stdout, /^Wrong +\d+\.\d% of the pairs before, \d+\.\d% after/m)
    assert.match(stdout, /^Next +Tell the loss how many labels are wrong.*\n +DPOConfig\(.*label_smoothing=0\.\d+/m)
    assert.match(stdout, /^Files +out\/clean-votes\/data/m)
    const rows = await rowsOf(`out/clean-votes/${data}`)
    assert.strictEqual(rows.length, 500)
    const wrong = rows.filter((row) => String(row["chosen"]).startsWith("bad")).length / 500
    // Whoever follows the best annotator alone is wrong in one pair of twenty.
    assert.isBelow(wrong, 0.09)
  })

  it("prefloom clean prints the summary as JSON, and its numbers are those of the files", async () => {
    const args = ["votes.csv", ...named, "--treatment", "remove", "--method", "majority", "--threshold", "0.7"]
    const { code, stderr, stdout } = await clean(...args, "--out", "out/json", "--json")
    assert.strictEqual(code, 0, stderr)
    const { flagged, removed, rowsOut, wrong } = JSON.parse(stdout) as Cleaned
    const rows = await rowsOf(`out/json/${data}`)
    const rejects = await rowsOf("out/json/rejects.parquet")
    assert.strictEqual(rows.length, rowsOut)
    assert.strictEqual(rejects.filter((row) => row["reason"] === "suspect pair").length, removed)
    assert.strictEqual(flagged, removed)
    const mean = rows.reduce((sum, row) => sum + 1 - (row["labelProb"] as number), 0) / rows.length
    assert.closeTo(wrong!.after!, mean, 1e-9)
    assert.isTrue(rows.every((row) => (row["labelProb"] as number) >= 0.7))
  })

  it("prefloom clean reads the splits that are named, and as many bad rows as are allowed", async () => {
    const of = async (...args: ReadonlyArray<string>) => {
      const given = ["parts", ...named, "--treatment", "keep", "--method", "majority", "--out", "parts-out", "--json"]
      const { code, stderr, stdout } = await clean(...given, ...args)
      return { code, stderr, cleaned: code === 0 ? (JSON.parse(stdout) as Cleaned) : null }
    }
    const tooMany = await of("--split", "train,test")
    assert.strictEqual(tooMany.code, 1)
    assert.match(tooMany.stderr, /raise --max-reject-share/)
    const one = await of("--split", "train")
    assert.deepStrictEqual(one.cleaned?.splits, [{ name: "train", rows: 5 }], one.stderr)
    const both = await of("--max-reject-share", "0.5")
    assert.deepStrictEqual(both.cleaned?.splits.map(({ name }) => name).toSorted(), ["test", "train"], both.stderr)
  })

  it("prefloom clean refuses with the remedy and leaves nothing behind", async () => {
    const oneVote = await clean("pairs.jsonl", "--treatment", "flip", "--out", "out/refused")
    assert.strictEqual(oneVote.code, 1)
    assert.match(oneVote.stderr, /Cannot clean by "re-po": .*one vote.*--method text-model --fraction 0.1/s)
    assert.isFalse(fs.existsSync(path.join(folder, "out/refused/data")))
    const both = await clean("pairs.jsonl", "--treatment", "flip", "--fraction", "0.1", "--budget", "3")
    assert.strictEqual(both.code, 2)
    assert.match(both.stderr, /found --fraction and --budget/)
    assert.strictEqual((await clean("votes.csv", ...named)).code, 2)
    assert.strictEqual((await clean("votes.csv", ...named, "--treatment", "keep", "--threshold", "2")).code, 2)
  })

  it("prefloom clean leaves no file in part when it is killed, and the same command then ends as ever", async () => {
    const args = ["clean", "long.csv", ...named, "--treatment", "weight", "--out", "out/killed"]
    const out = path.join(folder, "out/killed")
    let wasKilled = false
    const killed = await runPrefloom(args, {
      cwd: folder,
      started: (child) => {
        const look = setInterval(() => {
          if (!fs.existsSync(path.join(out, "data"))) return
          clearInterval(look)
          wasKilled = child.kill("SIGKILL")
        }, 1)
        child.on("close", () => clearInterval(look))
      }
    })
    assert.isTrue(wasKilled)
    assert.isNull(killed.code)
    assert.deepStrictEqual(
      fs.readdirSync(path.join(out, "data")).filter((name) => name.endsWith("-of-00001.parquet")),
      []
    )
    assert.isFalse(fs.existsSync(path.join(out, "README.md")))
    const again = await runPrefloom(args, { cwd: folder })
    assert.strictEqual(again.code, 0, again.stderr)
    assert.strictEqual((await rowsOf(`out/killed/${data}`)).length, 4000)
    assert.deepStrictEqual(fs.readdirSync(path.join(out, "data")), [path.basename(data)])
  })

  it("prefloom clean lists every method and treatment in its help, with what it needs", async () => {
    const { stdout } = await clean("--help")
    for (const name of [...Object.keys(cleanMethods), ...Object.keys(cleanTreatments)]) {
      assert.match(stdout, new RegExp(`^ +${name} +\\w`, "m"))
    }
  })
})
