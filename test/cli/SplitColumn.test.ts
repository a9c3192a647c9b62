import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { temporaryFolder } from "../contracts/source.ts"
import { convert, lines, readLines, readParquet } from "./conversion.ts"

const splitOf = (i: number) => (i % 3 === 0 ? "test" : i % 3 === 1 ? "train" : null)
const pair = (i: number) => ({ prompt: `p ${i}`, chosen: `good ${i}`, rejected: `bad ${i}`, split: splitOf(i) })
const pairs = Array.from({ length: 9 }, (_, i) => pair(i))
const promptsOf = (wanted: string) =>
  pairs.flatMap(({ prompt, split }) => ((split ?? "train") === wanted ? [prompt] : []))

describe("SplitColumn", () => {
  it.effect("SplitColumn splits the rows of a file by what their column says, null as train, each row once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const out = path.join(folder, "out")
      fs.writeFileSync(input, `${lines(pairs)}no JSON\n${lines([{ ...pair(9), chosen: "bad 9" }])}`)
      const made = yield* convert({ files: [input], to: "trl-preference", out })
      assert.include(made.said, 'column "split": test, train')
      assert.deepStrictEqual(made.splits, [
        ["test", 3],
        ["train", 6]
      ])
      assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [11, 9, 2])
      for (const split of ["test", "train"]) {
        const rows = yield* readParquet(path.join(out, `data/${split}-00000-of-00001.parquet`))
        assert.deepStrictEqual(
          rows.map(({ prompt }) => prompt),
          promptsOf(split)
        )
      }
    })
  )

  it.effect("SplitColumn makes --split choose among the rows of JSON Lines, CSV and Parquet", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const jsonl = path.join(folder, "in.jsonl")
      fs.writeFileSync(jsonl, lines(pairs))
      const asCsv = path.join(folder, "in.csv")
      const asParquet = path.join(folder, "in.parquet")
      for (const out of [asCsv, asParquet]) yield* convert({ files: [jsonl], to: "trl-preference", out })
      for (const file of [jsonl, asCsv, asParquet]) {
        const out = path.join(folder, "out.jsonl")
        for (const split of ["test", "train"]) {
          yield* convert({ files: [file], splits: [split], to: "openai-preference", out })
          assert.strictEqual(readLines(out).length, promptsOf(split).length, `${file} ${split}`)
          assert.include(fs.readFileSync(out, "utf8"), `"${promptsOf(split)[0]!}"`)
        }
        const { message } = yield* Effect.flip(
          convert({ files: [file], splits: ["dev"], to: "openai-preference", out })
        )
        assert.match(message, /found no rows of the split dev, .* there are those of test, train/)
      }
    })
  )

  it.effect("SplitColumn finds a column that only later rows or files have, whose other rows are of train", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { split: _split, ...plain } = pair(0)
      const early = Array.from({ length: 130 }, (_, i) => ({ ...plain, prompt: `early ${i}` }))
      const late = Array.from({ length: 20 }, (_, i) => ({ ...pair(i), split: "test" }))
      const write = (name: string, rows: ReadonlyArray<object>) => {
        const file = path.join(folder, name)
        fs.writeFileSync(file, name.endsWith(".json") ? JSON.stringify(rows) : lines(rows))
        return file
      }
      const first = write("first.jsonl", early)
      const second = write("second.jsonl", late)
      const out = path.join(folder, "out")
      const whole = write("in.jsonl", [...early, ...late])
      for (const files of [[whole], [write("in.json", [...early, ...late])], [first, second], [second, first]]) {
        const made = yield* convert({ files, to: "trl-preference", out })
        assert.deepStrictEqual(made.splits, [
          ["test", 20],
          ["train", 130]
        ])
        assert.deepStrictEqual(made.lost, [])
        const rows = yield* readParquet(path.join(out, "data/test-00000-of-00001.parquet"))
        assert.isTrue(rows.every(({ prompt, split }) => String(prompt).startsWith("p ") && split === "test"))
      }
      const file = path.join(folder, "out.jsonl")
      const test = yield* convert({ files: [whole], splits: ["test"], to: "openai-preference", out: file })
      assert.strictEqual(test.rowsOut, 20)
      const all = yield* convert({ files: [whole], to: "trl-preference", out: file })
      assert.deepStrictEqual(all.splits, [["all", 150]])
      assert.deepStrictEqual(Map.groupBy(readLines(file), ({ split }) => split).get("test")?.length, 20)
    })
  )

  it.effect("SplitColumn fails where two splits would be one file, and takes each by itself", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const out = path.join(folder, "out")
      for (const names of [
        ["test-1", "test_1"],
        ["Test", "test"]
      ]) {
        fs.writeFileSync(input, lines(pairs.map((row, i) => ({ ...row, split: names[i % 2] }))))
        const { message } = yield* Effect.flip(convert({ files: [input], to: "trl-preference", out }))
        assert.match(
          message,
          new RegExp(`the splits ${names.join(" and ")}, which make one name of a file.*--split ${names[0]}`)
        )
        const { rowsOut } = yield* convert({ files: [input], splits: [names[1]!], to: "trl-preference", out })
        assert.strictEqual(rowsOut, 4)
      }
    })
  )

  it.effect("SplitColumn puts no rows of two splits together, nor of two files", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const reply = (response: string, helpfulness: number) => ({ prompt: "p", response, helpfulness })
      const both = [
        [reply("a", 4), reply("b", 1)],
        [reply("c", 3), reply("d", 2)]
      ]
      const write = (name: string, rows: ReadonlyArray<object>) => {
        const file = path.join(folder, name)
        fs.writeFileSync(file, lines(rows))
        return file
      }
      const inFiles = ["test.jsonl", "train.jsonl"].map((name, i) => write(name, both[i]!))
      const inOne = write(
        "in.jsonl",
        both.flatMap((rows, i) => rows.map((row) => ({ ...row, split: ["test", "train"][i] })))
      )
      const wanted = [
        ["a", "b"],
        ["c", "d"]
      ]
      for (const [files, out] of [
        [[inOne], path.join(folder, "out.jsonl")],
        [inFiles, path.join(folder, "out")]
      ] as const) {
        const made = yield* convert({ files, from: "helpsteer-ratings", to: "trl-preference", out })
        assert.strictEqual(made.rowsOut, 2)
        if (out.endsWith("jsonl")) {
          const texts = readLines(out).map(({ chosen, rejected }) => JSON.stringify([chosen, rejected]))
          for (const [i, of] of wanted.entries()) for (const text of of) assert.include(texts[i]!, `"${text}"`)
        }
      }
    })
  )

  it.effect("SplitColumn goes by a column alone, and by one that has nothing but texts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const convertWith = (more: (i: number) => object) => {
        const input = path.join(folder, "in.jsonl")
        fs.writeFileSync(input, lines(pairs.map(({ split: _split, ...row }, i) => ({ ...row, ...more(i) }))))
        return convert({ files: [input], to: "trl-preference", out: path.join(folder, "out") })
      }
      const inside = yield* convertWith((i) => ({ meta: { split: splitOf(i) }, word: "split" }))
      assert.deepStrictEqual(inside.splits, [["train", 9]])
      assert.notInclude(inside.said, "split")
      for (const more of [(i: number) => ({ split: i }), (i: number) => ({ split: i === 8 ? 8 : "test" })]) {
        const other = yield* convertWith(more)
        assert.deepStrictEqual(other.splits, [["train", 9]])
        assert.include(other.said, 'column "split" names no splits')
      }
    })
  )

  it.effect("SplitColumn fails for tables of which only a later one has splits", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const tables: Array<string> = []
      for (const [i, rows] of [pairs.map(({ split: _split, ...row }) => row), pairs].entries()) {
        const input = path.join(folder, `in${i}.jsonl`)
        fs.writeFileSync(input, lines(rows))
        tables.push(path.join(folder, `table${i}.parquet`))
        yield* convert({ files: [input], to: "trl-preference", out: tables[i]! })
      }
      const { message } = yield* Effect.flip(
        convert({ files: tables, to: "trl-preference", out: path.join(folder, "out") })
      )
      assert.match(message, /table0\.parquet.* column "split"/)
    })
  )

  it.effect("SplitColumn lets one file hold several splits only where its rows still say which", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      fs.writeFileSync(input, lines(pairs))
      const out = path.join(folder, "out.jsonl")
      const made = yield* convert({ files: [input], to: "trl-preference", out })
      assert.deepStrictEqual(made.splits, [["all", 9]])
      assert.deepStrictEqual(
        readLines(out).map(({ split }) => split),
        pairs.map(({ split }) => split)
      )
      const { message } = yield* Effect.flip(convert({ files: [input], to: "openai-preference", out }))
      assert.match(message, /the splits test, train and one file .*--split test/)
    })
  )

  it.effect("SplitColumn pools votes within their split, and counts what cannot be read once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const out = path.join(folder, "out")
      const vote = (prompt: string, winner: string, split: string) => ({
        prompt,
        response_a: "x",
        response_b: "y",
        winner,
        split
      })
      const votes = [
        vote("p", "a", "train"),
        vote("p", "b", "test"),
        vote("p", "a", "train"),
        { ...vote("q", "a", "test"), response_a: null },
        vote("q", "b", "train")
      ]
      fs.writeFileSync(input, lines(votes))
      const made = yield* convert({ files: [input], to: "trl-preference", out })
      assert.deepStrictEqual(made.splits, [
        ["test", 1],
        ["train", 2]
      ])
      assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [5, 3, 1])
      const [test] = yield* readParquet(path.join(out, "data/test-00000-of-00001.parquet"))
      assert.deepStrictEqual([test!["chosen"], test!["rejected"]], ["y", "x"])
    })
  )

  it.effect("SplitColumn splits votes of which only later rows say their split", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const vote = (i: number) => ({
        prompt: `p ${i}`,
        response_a: "x",
        response_b: "y",
        winner: i % 2 === 0 ? "a" : "b"
      })
      const votes = Array.from({ length: 130 }, (_, i) => (i < 110 ? vote(i) : { ...vote(i), split: "test" }))
      fs.writeFileSync(input, lines(votes))
      const made = yield* convert({ files: [input], to: "trl-preference", out: path.join(folder, "out") })
      assert.deepStrictEqual(made.splits, [
        ["test", 20],
        ["train", 110]
      ])
    })
  )

  it.effect("SplitColumn says of which rows in which files a column is overruled, however late these come", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const write = (name: string, splits: (i: number) => string) =>
        fs.writeFileSync(
          path.join(folder, name),
          lines(Array.from({ length: 150 }, (_, i) => ({ ...pair(i), split: splits(i) })))
        )
      write("train-1.jsonl", () => "train")
      write("train-2.jsonl", (i) => (i < 120 ? "train" : "test"))
      write("train-3.jsonl", () => "validation")
      write("test.jsonl", () => "test")
      const made = yield* convert({ files: [folder], to: "trl-preference", out: path.join(folder, "out") })
      assert.match(
        made.said,
        /column "split" says test of rows of "train-2\.jsonl" \(so too in 1 other file\), and the split of the file, train, counts/
      )
    })
  )

  it.effect("SplitColumn goes by file names where they show splits, and by no column that names none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const convertAs = (name: string, splits: (i: number) => string) => {
        const input = path.join(folder, name)
        fs.writeFileSync(input, lines(pairs.map((row, i) => ({ ...row, split: splits(i) }))))
        return convert({ files: [input], to: "trl-preference", out: path.join(folder, "out") })
      }
      const named = yield* convertAs("validation.jsonl", (i) => (i % 2 === 0 ? "test" : "train"))
      assert.deepStrictEqual(named.splits, [["validation", 9]])
      assert.match(
        named.said,
        /column "split" says test, train of rows of .*, and the split of the file, validation, counts/
      )
      const late = yield* convertAs("train.jsonl", (i) => (i < 8 ? "train" : "test"))
      assert.match(late.said, /column "split" says test of rows of "train\.jsonl", and the split of the file, train, /)
      const alike = yield* convertAs("test.jsonl", () => "test")
      assert.notInclude(alike.said, "counts")
      for (const splits of [(i: number) => `fold ${i}`, (i: number) => (i % 2 === 0 ? "left" : "right")]) {
        const other = yield* convertAs("in.jsonl", splits)
        assert.deepStrictEqual(other.splits, [["train", 9]])
        assert.include(other.said, 'column "split" names no splits')
      }
    })
  )
})
