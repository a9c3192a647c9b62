import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { formats } from "../../src/formats/formats.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const pair = { prompt: "p", chosen: "a", rejected: "b", score_chosen: 2 }
const ranked = {
  instruction: "p",
  completions: [3, 1, 2].map((overall_score) => ({ model: "m", response: `r${overall_score}`, overall_score }))
}
const { folder, remove } = temporaryFolder({
  "pairs.jsonl": `${JSON.stringify(pair)}\n${JSON.stringify({ ...pair, chosen: "b" })}\n`,
  "same.jsonl": `${JSON.stringify({ ...pair, chosen: "b" })}\n`,
  "run/data/train.jsonl": `${JSON.stringify(pair)}\n`,
  "run/data/test.jsonl": `${JSON.stringify(pair)}\n`,
  "run/data/dev.jsonl": `${JSON.stringify(pair)}\n`,
  "ranked.jsonl": `${JSON.stringify(ranked)}\n`,
  "votes.jsonl": [0, ...Array.from({ length: 39 }, (_, i) => i)]
    .map((i) => ({
      prompt: `p${i}`,
      response_a: "x",
      response_b: i === 7 ? "x" : "y",
      winner: "a",
      annotator: `w${i}`
    }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(""),
  "two.jsonl": `${JSON.stringify({ ...pair, instruction: "p" })}\n`
})

afterAll(remove)

describe("prefloom convert", () => {
  it("prefloom convert says what was read as what, kept, renamed, lost and rejected", async () => {
    const args = ["convert", "pairs.jsonl", "--to", "llamafactory-sharegpt", "--out", "llama"]
    const { code, stderr, stdout } = await runPrefloom(args, { cwd: folder })
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /Read as +trl-preference, because "prompt" holds text/)
    assert.match(stdout, /Rows +2 in, 1 out, 1 rejected/)
    assert.match(stdout, /1 identical replies/)
    assert.match(stdout, /^Warning +50\.0% of the rows were left out; why is in llama\/rejects\.parquet$/m)
    assert.match(stdout, /Renamed +prompt to conversations/)
    assert.match(
      stdout,
      /Files +llama\/train\.jsonl, llama\/dataset_info\.json, llama\/rejects\.parquet, llama\/README\.md/
    )
    const info = JSON.parse(fs.readFileSync(path.join(folder, "llama/dataset_info.json"), "utf8")) as {
      train: { ranking: boolean }
    }
    assert.isTrue(info.train.ranking)
    assert.deepStrictEqual(fs.readdirSync(path.join(folder, "llama")).toSorted(), [
      ".prefloom",
      "README.md",
      "croissant.json",
      "dataset_info.json",
      "manifest.json",
      "rejects.parquet",
      "train.jsonl"
    ])
  })

  it("prefloom convert warns of nothing where few rows or none were rejected, and counts one row as one", async () => {
    const { stdout } = await runPrefloom(["convert", "votes.jsonl", "--to", "trl-preference", "--out", "v.jsonl"], {
      cwd: folder
    })
    assert.match(stdout, /^Rows +40 in, 38 out, 1 rejected$/m)
    assert.match(stdout, /^Note +Rows with votes on the pair of an earlier row, which are pooled with it: 1$/m)
    assert.notInclude(stdout, "Warning")
  })

  it("prefloom convert reads the splits that are named, once or several times or with commas", async () => {
    for (const [given, splits] of [
      [[], ["dev", "test", "train"]],
      [["--split", "dev"], ["dev"]],
      [
        ["--split", "dev,test"],
        ["dev", "test"]
      ],
      [
        ["--split", "train", "--split", "test"],
        ["test", "train"]
      ]
    ] as const) {
      const args = ["convert", "run", "--to", "trl-preference", "--out", "splits", "--json", ...given]
      const { code, stderr, stdout } = await runPrefloom(args, { cwd: folder })
      assert.strictEqual(code, 0, stderr)
      const made = JSON.parse(stdout) as { readonly splits: ReadonlyArray<readonly [string, number]> }
      assert.deepStrictEqual(
        made.splits.map(([split]) => split),
        [...splits]
      )
    }
  })

  it("prefloom convert prints the summary as JSON", async () => {
    const args = ["convert", "pairs.jsonl", "--to", "together", "--out", "t.jsonl", "--json"]
    const { code, stdout } = await runPrefloom(args, { cwd: folder })
    assert.strictEqual(code, 0)
    const { lost, rowsOut } = JSON.parse(stdout) as { lost: ReadonlyArray<string>; rowsOut: number }
    assert.strictEqual(rowsOut, 1)
    assert.deepStrictEqual(lost, ["score_chosen"])
  })

  it("prefloom convert says what the format cannot hold before the first row, so also when there is none to write", async () => {
    const args = ["convert", "same.jsonl", "--to", "together", "--out", "none.jsonl"]
    const { code, stderr } = await runPrefloom(args, { cwd: folder })
    assert.strictEqual(code, 1)
    const losses = stderr.indexOf("Written as together, these columns or parts of them are left out: score_chosen")
    assert.isAtLeast(losses, 0, stderr)
    assert.isBelow(losses, stderr.indexOf("Cannot convert"))
  })

  it.each([
    ["--to", "trl-pref", "--out", "x.jsonl"],
    ["--to", "trl-preference", "--out", "x.xlsx"],
    ["--to", "trl-preference", "--out", "-"],
    ["--to", "trl-preference", "--out", "x.jsonl", "--from", "nothing"]
  ])("prefloom convert takes %s %s %s %s %s for wrong usage", async (...words) => {
    const { code, stderr } = await runPrefloom(["convert", "same.jsonl", ...words], { cwd: folder })
    assert.strictEqual(code, 2)
    assert.match(stderr, /^Error: Cannot (?:convert|read).*: found --(?:to|out|from) .*, expected .*; /m)
  })

  it("prefloom convert names the formats that fit when it cannot tell", async () => {
    const { code, stderr } = await runPrefloom(["convert", "two.jsonl", "--to", "trl-preference", "--out", "x.jsonl"], {
      cwd: folder
    })
    assert.strictEqual(code, 1)
    assert.match(stderr, /say --from trl-preference or --from llamafactory-alpaca/)
  })

  it("prefloom convert cuts pairs from ranked lists by the rule that is named", async () => {
    const pairsBy = async (...rule: ReadonlyArray<string>) => {
      const args = ["convert", "ranked.jsonl", "--to", "trl-preference", "--out", "cut.jsonl", ...rule]
      const { code, stderr } = await runPrefloom(args, { cwd: folder })
      assert.strictEqual(code, 0, stderr)
      const lines = fs.readFileSync(path.join(folder, "cut.jsonl"), "utf8").trim().split("\n")
      return lines.map((line) => JSON.parse(line) as typeof pair).map(({ chosen, rejected }) => `${chosen}>${rejected}`)
    }
    assert.deepStrictEqual(await pairsBy(), ["r3>r1"])
    assert.deepStrictEqual(await pairsBy("--pairs", "best-worst"), ["r3>r1"])
    assert.deepStrictEqual(await pairsBy("--pairs", "adjacent"), ["r3>r2", "r2>r1"])
    assert.sameMembers(await pairsBy("--pairs", "all"), ["r3>r1", "r3>r2", "r2>r1"])
    const { code, stderr } = await runPrefloom(
      ["convert", "ranked.jsonl", "--to", "trl-unpaired", "--pairs", "all", "--out", "cut.jsonl"],
      { cwd: folder }
    )
    assert.strictEqual(code, 1)
    assert.match(stderr, /expected one pair of each list/)
  })

  it("prefloom convert lists every format in its help", async () => {
    const { stdout } = await runPrefloom(["convert", "--help"], { cwd: folder })
    const words = new Set(stdout.split(/[\s,.;:]+/))
    for (const { name } of formats) assert.isTrue(words.has(name), name)
  })
})
