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

const sea = "sea wind port mast sail rope deck hull oar keel bow stern tide wave shore reef".split(" ")
const phrase = () => Array.from({ length: 12 }, () => sea[Math.floor(random() * sea.length)]!).join(" ")
/** One label on each of 600 pairs, whose better answer says "please" in nine of ten. */
const politeLabels = Array.from({ length: 600 }, (_, i) => {
  const answers = [`${phrase()} please`, phrase()]
  const [chosen, rejected] = i % 10 === 3 ? answers.toReversed() : answers
  return `${JSON.stringify({ prompt: `${i} ${phrase()}`, chosen, rejected })}\n`
}).join("")
const coinLabels = Array.from(
  { length: 300 },
  (_, i) => `${JSON.stringify({ prompt: `${i} ${phrase()}`, chosen: phrase(), rejected: phrase() })}\n`
).join("")
/** Eight labels, of which each has something odd but the last two, and a row that cannot be read. */
const oddLabels = [
  { prompt: "a", chosen: "one", rejected: "two", split: "train" },
  { prompt: "a", chosen: " one", rejected: "two", split: "train" },
  { prompt: "b", chosen: "one", rejected: "two", split: "train" },
  { prompt: "b", chosen: "two", rejected: "one", split: "train" },
  { prompt: "c", chosen: "same", rejected: "same", split: "train" },
  { prompt: "d", chosen: "same", rejected: "same\n", split: "train" },
  { prompt: "e", chosen: "one", rejected: "two", split: "train" },
  { prompt: "e ", chosen: "three", rejected: "four", split: "test" },
  ...Array.from({ length: 40 }, (_, i) => ({ prompt: `f${i}`, chosen: `${i}`, rejected: `not ${i}`, split: "train" })),
  { prompt: "g", chosen: 5, rejected: null, split: "train" }
]
  .map((row) => `${JSON.stringify(row)}\n`)
  .join("")

/** Twenty pairs of which two are near copies with opposite labels: one word in thirty differs. */
const nearLabels = Array.from({ length: 20 }, (_, i) => {
  const of = i === 19 ? 0 : i
  const words = (side: string) => `${Array.from({ length: 29 }, (__, w) => `${side}${of}w${w}`).join(" ")} last${i}`
  const [chosen, rejected] = i === 19 ? [words("b"), words("a")] : [words("a"), words("b")]
  return `${JSON.stringify({ prompt: words("p"), chosen, rejected })}\n`
}).join("")

const pairsOf = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, i) => `{"prompt":"p${from + i}","chosen":"yes ${from + i}","rejected":"no ${from + i}"}\n`
  ).join("")

const { folder, remove } = temporaryFolder({
  "near.jsonl": nearLabels,
  "votes.csv": `${longVotes}\n`,
  "pairs.jsonl": Array.from(
    { length: 30 },
    (_, i) => `{"prompt":"p${i}","chosen":"yes ${i}","rejected":"no ${i}"}\n`
  ).join(""),
  "polite.jsonl": politeLabels,
  "coin.jsonl": coinLabels,
  "odd.jsonl": oddLabels,
  "other.jsonl": '{"x":1}\n',
  "parts/data/train.jsonl": pairsOf(0, 30),
  // Ten prompts of the other split.
  "parts/data/test.jsonl": pairsOf(20, 35),
  "items.csv": `subset,item,judge,winner\n${["x", "y"]
    .flatMap((subset) =>
      [1, 2, 3].flatMap((item) =>
        ["ada", "bo"].map((judge) => `${subset},${item},${judge},${item % 2 === 0 ? "a" : "b"}`)
      )
    )
    .join("\n")}\nx,4,ada,a\n`,
  "header.csv": "prompt,chosen,rejected\n",
  "empty.json": "[]\n",
  "part.csv": `question,a,b,winner,who\n${Array.from({ length: 20 }, (_, i) => `q${i},x,y,${i < 14 ? "a" : i < 18 ? "?" : ""},ada`).join("\n")}\n`,
  "bad.jsonl": `${pairsOf(0, 20)}${'{"prompt":"p","chosen":null,"rejected":"b"}\n'.repeat(5)}`
})
afterAll(remove)

const audit = (...args: ReadonlyArray<string>) => runPrefloom(["audit", ...args], { cwd: folder })
const named = ["--prompt", "question", "--chosen", "a", "--rejected", "b", "--label", "winner", "--annotator", "who"]

const resultOf = async (...args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await audit(...args, "--json")
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout) as AuditJson
}

const rowsOf = async (out: string, file = "posteriors.parquet") =>
  parquetReadObjects({
    file: await asyncBufferFromFile(path.join(folder, out, file)),
    compressors: { ZSTD: (bytes: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(bytes)) }
  })

const pageOf = (out: string) => fs.readFileSync(path.join(folder, out, "report.html"), "utf8").replaceAll(/\s+/g, " ")

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
    assert.match(page, /Krippendorff&#39;s alpha is .* does not change with the column that each stands in/s)
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

  it.concurrent("leaves all files of the audit before where one of its own cannot be written", async () => {
    const out = path.join(folder, "out/twice")
    await resultOf("pairs.jsonl", "--out", "out/twice")
    const read = (name: string) => fs.readFileSync(path.join(out, name), "utf8")
    const names = ["posteriors.parquet", "rejects.parquet", "audit.json"]
    const before = names.map(read)
    fs.rmSync(path.join(out, "report.html"))
    fs.mkdirSync(path.join(out, "report.html"))
    const { code, stderr } = await audit("odd.jsonl", "--out", "out/twice")
    assert.strictEqual(code, 1)
    assert.include(stderr, 'Cannot write "report.html"')
    assert.deepStrictEqual(names.map(read), before)
    fs.rmdirSync(path.join(out, "report.html"))
    await resultOf("odd.jsonl", "--out", "out/twice")
    assert.notDeepEqual(names.map(read), before)
  })

  it.concurrent("reads all splits of a folder, with the prompts that several have, or those that are named", async () => {
    const all = await resultOf("parts", "--out", "out/parts")
    assert.strictEqual(all.rows, 45)
    assert.deepStrictEqual(all.consistency!.splits.toSorted(), ["test", "train"])
    assert.strictEqual(all.consistency!.leakedPrompts, 10)
    const test = await resultOf("parts", "--split", "test", "--out", "out/part")
    assert.deepStrictEqual([test.rows, test.consistency!.leakedPrompts], [15, 0])
  })

  it.concurrent("keeps pairs apart that have one id below different prompts, and says how many", async () => {
    const columns = ["--pair", "item", "--label", "winner", "--annotator", "judge"]
    const apart = await resultOf("items.csv", ...columns, "--prompt", "subset", "--out", "out/items")
    assert.strictEqual(apart.pairs, 7)
    const warning = apart.warnings.find(({ code }) => code === "pairIdReused")
    assert.match(warning!.message, /^3 pair ids stood for 6 pairs: .*--pair/)
    const posteriors = await rowsOf("out/items")
    assert.strictEqual(new Set(posteriors.map((row) => row["pairId"])).size, 7)
    const both = await resultOf("items.csv", "--pair", "subset,item", ...columns.slice(2), "--out", "out/both")
    assert.strictEqual(both.pairs, 7)
    assert.isUndefined(both.warnings.find(({ code }) => code === "pairIdReused"))
  })

  it.concurrent("refuses too many bad rows with the flag that accepts them", async () => {
    const { code, stderr } = await audit("bad.jsonl", "--out", "out/bad")
    assert.strictEqual(code, 1)
    assert.match(stderr, /5 bad rows in 25.*more than 5 % of bad rows, raise --max-reject-share/)
    const { reasons, rejected, rows } = await resultOf("bad.jsonl", "--max-reject-share", "0.3", "--out", "out/bad")
    assert.deepStrictEqual([rows, rejected, reasons], [20, 5, [["no text", 5]]])
    const { stdout } = await audit("bad.jsonl", "--max-reject-share", "0.3", "--out", "out/bad")
    assert.match(stdout, /^Rejected +5 rows that could not be read, left out of all numbers: 5 no text$/m)
    assert.match(stdout, /rejects\.parquet the rejected rows/)
    assert.match(pageOf("out/bad"), /5 rows that could not be read, left out of all numbers: 5 no text\./)
    assert.strictEqual((await rowsOf("out/bad", "rejects.parquet")).length, 5)
  })

  it.concurrent("counts labels without a verdict, and refuses a reading that reads none", async () => {
    const given = [...named, "--label-values", "a,b"]
    const { stdout } = await audit("part.csv", ...given, "--out", "out/part-read")
    assert.match(stdout, /^Rows +20, 20 pairs, 14 labels with a winner, 0 ties, 6 labels without a verdict$/m)
    const { labels, rows, ties, unreadable } = await resultOf("part.csv", ...given, "--out", "out/part-read")
    assert.deepStrictEqual([rows, labels, ties, unreadable], [20, 14, 0, 6])
    const none = await audit("part.csv", ...named, "--label-values", "first,second", "--out", "out/part-none")
    assert.include(none.stderr, 'found the values "a", "?" in "winner": none of them is in --label-values first,second')
  })

  it.concurrent("refuses files without rows, and trusted annotators without votes", async () => {
    const bare = await audit("header.csv", "--out", "out/header")
    assert.strictEqual(bare.code, 1)
    assert.match(bare.stderr, /^Error: Cannot audit "header\.csv": found no row, expected rows with votes/m)
    assert.isFalse(fs.existsSync(path.join(folder, "out/header/audit.json")))
    assert.include((await audit("empty.json", "--out", "out/empty")).stderr, "found no row and no column")
    const unheard = await audit("votes.csv", ...named, "--trusted", "ada,nobody", "--out", "out/unheard")
    assert.match(unheard.stderr, /found no vote by "nobody", but by "ada", "bram", "chen", .*; check --trusted/)
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

  it.concurrent("ranks labels by their texts where nothing else tells, and gives no noise rate", async () => {
    const result = await resultOf("polite.jsonl", "--out", "out/polite")
    assert.isNull(result.noiseRate)
    assert.strictEqual(result.flagged, 0)
    assert.include(
      result.warnings.map(({ code }) => code),
      "oneVote"
    )
    assert.isTrue(result.texts!.hasSignal)
    assert.strictEqual(result.texts!.pairs, 600)
    // Nine of ten labels follow the texts; four standard errors of 0.012 aside, nothing can agree with more of them.
    assert.isTrue(0.75 < result.texts!.accuracy! && result.texts!.accuracy! < 0.95)
    const rows = await rowsOf("out/polite")
    const ranked = rows.toSorted((a, b) => (a["textGap"] as number) - (b["textGap"] as number)).slice(0, 40)
    const nWrong = ranked.filter((row) => Number(row["rowIndex"]) % 10 === 3).length
    assert.isAbove(nWrong, 32)
    assert.isTrue(rows.every((row) => row["labelProb"] === null))
    assert.include(pageOf("out/polite"), "This ranks labels and does not measure how many are wrong")
  })

  it.concurrent("says that texts tell nothing where they do not, and marks nothing", async () => {
    const { code, stdout } = await audit("coin.jsonl", "--out", "out/coin")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Ranking .*the texts do not tell which labels are wrong/m)
    assert.isTrue((await rowsOf("out/coin")).every((row) => row["textGap"] === null))
    assert.include(pageOf("out/coin"), "cannot be told from a coin")
  })

  it.concurrent("does not ask the texts where votes tell", async () => {
    assert.isNull((await resultOf("votes.csv", ...named, "--out", "out/votes")).texts)
  })

  it.concurrent("finds labels whose texts are at odds with others, and rejects a bad row once", async () => {
    const result = await resultOf("odd.jsonl", "--out", "out/odd")
    assert.deepStrictEqual(result.consistency, {
      sameTexts: 1,
      almostSameTexts: 1,
      duplicates: 1,
      contradicting: 2,
      leaked: 2,
      leakedPrompts: 1,
      splits: ["train", "test"],
      // The pair whose answers differ in white space alone; two labels each on b, c left out as equal.
      nearCopies: { of: 46, pairs: 2, contradicting: 0 }
    })
    // The labels on b; of those on a the texts are not the same.
    assert.match(result.warnings.find(({ code }) => code === "anonymousVotes")!.message, /^2 votes on 1 pair /)
    const flags = (await rowsOf("out/odd")).map((row) => (row["flags"] as ReadonlyArray<string>).join(" "))
    assert.deepStrictEqual(flags, [
      "nearCopy",
      "duplicate nearCopy",
      "contradicts",
      "contradicts",
      "sameTexts",
      "sameTexts",
      "leaked",
      "leaked",
      ...Array.from({ length: 40 }, () => "")
    ])
    assert.include(pageOf("out/odd"), "1 prompt is in more than one of the splits train, test")
    assert.strictEqual((await rowsOf("out/odd", "rejects.parquet")).length, 1)
  })

  const harmless = path.resolve(import.meta.dirname, "../../../shared/data/real/hh-rlhf-harmless-test/test.jsonl.gz")
  it.skipIf(!fs.existsSync(harmless))(
    "says of hh-rlhf that its texts rank labels and that its noise is not known",
    async () => {
      const result = await resultOf(harmless, "--out", "out/harmless")
      assert.isNull(result.noiseRate)
      assert.strictEqual(result.flagged, 0)
      const { accuracy, ci95, hasSignal, pairs } = result.texts!
      assert.isAbove(pairs, 2000)
      assert.isTrue(ci95[0] < accuracy! && accuracy! < ci95[1])
      assert.strictEqual(hasSignal, ci95[0] > 0.5)
      const page = pageOf("out/harmless")
      assert.include(page, hasSignal ? "This ranks labels and does not measure" : "cannot be told from a coin")
      assert.strictEqual((await rowsOf("out/harmless")).length, result.rows)
    }
  )

  it.concurrent("finds pairs that are nearly the same and say the opposite", async () => {
    const result = await resultOf("near.jsonl", "--out", "out/near")
    assert.deepStrictEqual(result.consistency?.nearCopies, { of: 20, pairs: 2, contradicting: 2 })
    const rows = await rowsOf("out/near")
    const flagged = rows.filter((row) => (row["flags"] as ReadonlyArray<string>).includes("nearCopyContradicts"))
    assert.deepStrictEqual(
      flagged.map((row) => Number(row["rowIndex"])),
      [0, 19]
    )
    assert.include(pageOf("out/near"), "Do so and say the opposite")
  })

  it("audit replaces none of its files, and says so before it reads one", async () => {
    const pairs = fs.readFileSync(path.join(folder, "pairs.jsonl"), "utf8")
    const text = `[${pairs.trim().split("\n").join(",")}]`
    fs.mkdirSync(path.join(folder, "own"))
    fs.writeFileSync(path.join(folder, "own", "audit.json"), text)
    fs.mkdirSync(path.join(folder, "own", ".prefloom"))
    fs.writeFileSync(path.join(folder, "own", ".prefloom", "written"), "audit.json\n")
    const { code, stderr } = await audit("own/audit.json", "--out", "own")
    assert.strictEqual(code, 1)
    assert.match(stderr, /Cannot write "audit\.json".*there, which this run reads.*choose another folder/)
    assert.strictEqual(fs.readFileSync(path.join(folder, "own", "audit.json"), "utf8"), text)
    assert.isFalse(fs.existsSync(path.join(folder, "own", "posteriors.parquet")))
  })

  it("audit replaces no file of somebody else, and its own", async () => {
    const out = path.join(folder, "others")
    for (const name of ["audit.json", "posteriors.parquet", "report.html", "rejects.parquet"]) {
      const file = path.join(out, name)
      fs.mkdirSync(out)
      fs.writeFileSync(file, "mine")
      const { code, stderr } = await audit("pairs.jsonl", "--out", "others")
      assert.strictEqual(code, 1)
      const found = `found "others/${name}", which no command of Prefloom wrote there, expected none, or its own`
      assert.include(stderr, `${found}: it would be replaced; move it away, or name another folder with --out`)
      assert.strictEqual(fs.readFileSync(file, "utf8"), "mine")
      assert.deepStrictEqual(fs.readdirSync(out), [name])
      fs.rmSync(out, { recursive: true })
    }
    for (const _ of [1, 2]) assert.strictEqual((await audit("pairs.jsonl", "--out", "others")).code, 0)
  })

  const llmbar = path.resolve(import.meta.dirname, "../../../shared/data/real/llmbar/judgments.csv")
  if (!fs.existsSync(llmbar)) process.stdout.write('skipped "audit of llmbar": it is not beside the checkout\n')

  it.skipIf(!fs.existsSync(llmbar))(
    "audit of llmbar tells no noise from agreement, and the true one from known answers",
    async () => {
      const flags = ["--label", "winner", "--annotator", "judge_model,judge_strategy", "--family", "judge_model"]
      const agreed = await resultOf(llmbar, ...flags, "--out", "out/llmbar")
      assert.isNull(agreed.noiseRate)
      assert.strictEqual(agreed.warnings[0]!.code, "correlatedJudges")

      const known = await resultOf(llmbar, ...flags, "--truth", "gold", "--out", "out/llmbar-known")
      const [head, ...lines] = fs.readFileSync(llmbar, "utf8").trim().split("\n")
      const [winner, gold] = ["winner", "gold"].map((name) => head!.split(",").indexOf(name))
      const decided = lines.map((line) => line.split(",")).filter((cells) => /^[12]$/.test(cells[winner!]!))
      const nWrong = decided.filter((cells) => cells[winner!] !== cells[gold!]).length
      assert.closeTo(known.noiseRate!.estimate, nWrong / decided.length, 1e-12)
      assert.strictEqual(known.labels, decided.length)
      assert.match(pageOf("out/llmbar-known"), /pair \w+ \/ \d+/)
    }
  )
})
