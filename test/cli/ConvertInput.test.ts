import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { parquetWriteFile } from "hyparquet-writer"
import { openInput } from "../../src/cli/ConvertInput.ts"
import { preflightFiles } from "../../src/cli/preflightFiles.ts"
import { FormatFlaw } from "../../src/formats/Format.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "../contracts/source.ts"
import * as conversion from "./conversion.ts"
import { readLines, readParquet } from "./conversion.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

const reading = () => ({ what: "", nRows: 0, totalRows: null })
const convert = (file: string, out: string, to = "trl-preference") => conversion.convert({ files: [file], to, out })

/** Writes rows as JSON Lines, JSON or CSV; whole numbers too large for a number are given as bigints. */
const write = (file: string, rows: Rows): void => {
  const json = (value: unknown) =>
    JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? `<${one}>` : one)).replace(
      /"<(-?\d+)>"/g,
      "$1"
    )
  const lines = rows.map(json)
  const names = Object.keys(rows[0]!)
  const text = file.endsWith(".jsonl")
    ? lines.join("\n")
    : file.endsWith(".json")
      ? `[${lines.join(",")}]`
      : [names, ...rows.map((row) => names.map((name) => `${(row[name] as string | number | null) ?? ""}`))].join("\n")
  fs.writeFileSync(file, `${text}\n`)
}

/** A value as JSON has it, without the keys of objects that are null, which not every reader gives. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (key, one: unknown) =>
      typeof one === "bigint" ? Number(one) : key !== "" && one === null ? undefined : one
    )
  )

/** More pairs than the first rows that a file is opened by. */
const pairs = (extra: (i: number) => object, n = 250): Rows =>
  Array.from({ length: n }, (_, i) => ({ prompt: `p ${i}`, chosen: `good ${i}`, rejected: `bad ${i}`, ...extra(i) }))

/** Converts the same pairs from a file to JSON Lines and to Parquet, whose lines are converted by plans. */
const both = (name: string, rows: Rows, column: string) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const file = path.join(folder, name)
    write(file, rows)
    const [asLines, asParquet] = [path.join(folder, "out.jsonl"), path.join(folder, "out.parquet")]
    const made = yield* convert(file, asLines)
    const again = yield* convert(file, asParquet)
    assert.deepStrictEqual({ ...again, files: [], to: "", bytes: 0 }, { ...made, files: [], to: "", bytes: 0 })
    const values = readLines(asLines).map((row) => row[column])
    const parquet = (yield* readParquet(asParquet)).map((row) => plain(row[column]))
    assert.deepStrictEqual(parquet, values.map(plain))
    assert.deepStrictEqual(made.lost, [])
    assert.deepStrictEqual([made.rowsIn, made.rowsOut], [rows.length, rows.length])
    return { made, values }
  })

const asText = 'values of "n" with numbers that became text, because the column has texts or whole numbers beyond 2^53'

describe("ConvertInput", () => {
  it.effect.each(["in.jsonl", "in.json", "in.csv"])(
    "ConvertInput widens a column of %s whose later rows hold other numbers than the first",
    (name) =>
      Effect.gen(function* () {
        const widths = [
          (i: number) => (i < 120 ? i : i + 0.5),
          (i: number) => (i < 120 ? (i % 2 === 0 ? null : 1) : -0.25),
          // Empty cells of CSV are taken for text.
          ...(name.endsWith("csv")
            ? []
            : [(i: number) => (i < 120 ? null : i - 200), (i: number) => (i < 120 ? null : i % 2 === 0)])
        ]
        for (const f of widths) {
          const rows = pairs((i) => ({ f: f(i) }))
          const { made, values } = yield* both(name, rows, "f")
          assert.deepStrictEqual(
            values,
            rows.map((row) => row["f"])
          )
          assert.deepStrictEqual(made.remarks, [])
        }
      })
  )

  it.effect("ConvertInput widens the scores of CSV, which the format knows", () =>
    Effect.gen(function* () {
      const rows = pairs((i) => ({ score_chosen: i < 120 ? 5 : 4.5, score_rejected: 1 }))
      const { values } = yield* both("in.csv", rows, "score_chosen")
      assert.deepStrictEqual(
        values,
        rows.map((row) => row["score_chosen"])
      )
    })
  )

  it.effect.each(["in.jsonl", "in.json"])(
    "ConvertInput reads columns and keys of %s that only later rows have",
    (name) =>
      Effect.gen(function* () {
        const late = yield* both(
          name,
          pairs((i) => (i < 130 ? {} : { late: "x" })),
          "late"
        )
        assert.deepStrictEqual(late.made.kept, ["prompt", "chosen", "rejected", "late"])
        assert.deepStrictEqual(late.values, [...Array<null>(130).fill(null), ...Array<string>(120).fill("x")])
        const meta = yield* both(
          name,
          pairs((i) => ({ meta: i < 130 ? { a: 1 } : { a: 2, b: [i] } })),
          "meta"
        )
        assert.deepStrictEqual(meta.values[0], { a: 1, b: null })
        assert.deepStrictEqual(meta.values[249], { a: 2, b: [249] })
        const score = yield* both(
          name,
          pairs((i) => (i < 130 ? {} : { score_chosen: i, score_rejected: 1 })),
          "score_chosen"
        )
        assert.deepStrictEqual([score.values[0], score.values[249]], [null, 249])
      })
  )

  it.effect("ConvertInput leaves out values that are not of their column's kind, counts them and keeps the pairs", () =>
    Effect.gen(function* () {
      const of = (what: string) => `values of "${what}" were left out, because they do not fit the column`
      const f = yield* both(
        "in.jsonl",
        pairs((i) => ({ f: i === 140 || i === 150 ? true : i })),
        "f"
      )
      assert.deepStrictEqual(f.made.remarks, [[of("f"), 2]])
      assert.deepStrictEqual([f.values[139], f.values[140]], [139, null])
      const scores = pairs((i) => ({ score_chosen: i === 140 ? "N/A" : 1, score_rejected: i > 200 ? [0] : 0 }))
      const score = yield* both("in.jsonl", scores, "score_chosen")
      assert.deepStrictEqual(score.made.remarks, [
        [of("score_chosen"), 1],
        [of("score_rejected"), 49]
      ])
      const half = yield* both(
        "in.jsonl",
        pairs((i) => ({ id: i === 140 ? "a\ud800" : "a", t: i === 7 ? "b\ud800" : "b" })),
        "t"
      )
      assert.deepStrictEqual(half.made.remarks, [
        [of("t"), 1],
        [of("id"), 1]
      ])
    })
  )

  it.effect.each(["in.jsonl", "in.json"])(
    "ConvertInput keeps a late text among numbers of %s, and these as texts",
    (name) =>
      Effect.gen(function* () {
        const rows = pairs((i) => ({ n: i === 140 ? "N/A" : i / 2 }))
        const { made, values } = yield* both(name, rows, "n")
        assert.deepStrictEqual(
          values,
          rows.map((row) => String(row["n"]))
        )
        assert.deepStrictEqual(made.remarks, [[asText, rows.length - 1]])
      })
  )

  it.effect("ConvertInput leaves out what a file type cannot hold beside the texts, and keeps the pairs", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "in.parquet")
      const data = (values: Array<string>) => ({ data: values, type: "STRING" as const })
      const columnData = [
        { name: "prompt", ...data(["p", "q"]) },
        { name: "chosen", ...data(["a", "b"]) },
        { name: "rejected", ...data(["c", "d"]) },
        { name: "f", data: [NaN, 1.5], type: "DOUBLE" as const },
        { name: "score_chosen", data: [NaN, 1.5], type: "DOUBLE" as const },
        { name: "score_rejected", data: [1, 1.5], type: "DOUBLE" as const }
      ]
      parquetWriteFile({ filename: file, columnData })
      const made = yield* convert(file, path.join(folder, "out.jsonl"))
      assert.deepStrictEqual(
        readLines(path.join(folder, "out.jsonl")).map((row) => [row["f"], row["score_chosen"]]),
        [
          [null, null],
          [1.5, 1.5]
        ]
      )
      assert.deepStrictEqual(
        made.remarks.map(([what, n]) => [/"(.*)"/.exec(what)![1], n]),
        [
          ["score_chosen", 1],
          ["f", 1]
        ]
      )
      yield* convert(file, path.join(folder, "out.parquet"))
      assert.deepStrictEqual(
        (yield* readParquet(path.join(folder, "out.parquet"))).map((row) => row["f"]),
        [NaN, 1.5]
      )
    })
  )

  it.effect("ConvertInput keeps memory bounded by objects with names for keys, which are lost, and says so", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "in.jsonl")
      write(
        file,
        pairs((i) => ({ meta: { [`a${i}`]: 1 }, ...(i < 110 ? {} : { [`late ${i}`]: i }) }), 1200)
      )
      const made = yield* convert(file, path.join(folder, "out.jsonl"))
      assert.deepStrictEqual(made.lost, ["meta"])
      assert.strictEqual(made.rowsOut, 1200)
      // 1,000 columns beside those of the first rows, of 1,090.
      assert.strictEqual(made.kept.length, 3 + 1000)
      assert.deepStrictEqual(made.remarks, [["values were left out, because there are too many columns", 90]])
    })
  )

  it.effect("ConvertInput says which columns only later files of CSV have", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      write(path.join(folder, "1.csv"), [{ prompt: "p", chosen: "a", rejected: "b" }])
      write(path.join(folder, "2.csv"), [{ prompt: "q", chosen: "a", rejected: "b", more: 1 }])
      const made = yield* convert(path.join(folder, "*.csv"), path.join(folder, "out.jsonl"))
      assert.deepStrictEqual([made.rowsOut, made.lost], [2, ["more"]])
    })
  )

  it.effect("ConvertInput starts again with nothing counted twice and nothing left behind", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "in.jsonl")
      const rows = pairs((i) => ({ f: i < 9_000 ? i : 0.5 }), 10_000).map((row, i) =>
        i % 100 === 0 ? { ...row, rejected: row["chosen"] } : row
      )
      write(file, rows)
      for (const name of ["out.jsonl", "out.parquet"]) {
        const made = yield* convert(file, path.join(folder, name))
        assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [10_000, 9900, 100])
      }
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), [
        "in.jsonl",
        "out.jsonl",
        "out.jsonl.rejects.parquet",
        "out.parquet",
        "out.parquet.rejects.parquet"
      ])
      for (const name of ["out.jsonl", "out.parquet"]) {
        assert.strictEqual((yield* readParquet(path.join(folder, `${name}.rejects.parquet`))).length, 100)
      }
    })
  )

  it.effect(
    "ConvertInput opens files by all rows only where a row asks for it, and whole batches before it do not",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const [even, odd] = [path.join(folder, "even.jsonl"), path.join(folder, "odd.jsonl")]
        write(
          even,
          pairs((i) => ({ id: i % 2 === 0 ? i : `x${i}`, f: i, g: i % 3 === 0 ? null : { a: i } }))
        )
        write(
          odd,
          pairs((i) => ({ f: i === 249 ? "x" : i }))
        )
        for (const file of [even, odd]) {
          const input = yield* openInput({ files: [file], named: {} })
          const records = (yield* Stream.runCollect(input.records)).flat()
          assert.isFalse(records.some(({ record }) => record instanceof FormatFlaw))
          assert.strictEqual(input.widened?.() === null, file === even)
        }
      }).pipe(Effect.provide(Run.layerTemporary()))
  )

  const large = [9007199254740993n, -1234567890123456789n, 18446744073709551615n]

  it.effect.each(["in.jsonl", "in.json", "in.csv"])(
    "ConvertInput keeps whole numbers of %s that no number holds, as text, and says so",
    (name) =>
      Effect.gen(function* () {
        for (const [nFirst, first] of [
          [0, 0],
          [120, 0],
          [120, 0.5]
        ] as const) {
          const n = (i: number) => (i < nFirst ? i + first : large[i % 3]!)
          const rows = pairs((i) => ({ n: n(i) }))
          const { made, values } = yield* both(name, rows, "n")
          assert.deepStrictEqual(
            values,
            rows.map((row) => String(row["n"]))
          )
          const ids = yield* both(
            name,
            pairs((i) => ({ id: n(i) })),
            "id"
          )
          assert.deepStrictEqual(ids.values, values)
          // All cells of CSV are text to begin with.
          assert.deepStrictEqual(made.remarks, name.endsWith("csv") ? [] : [[asText, 250]])
        }
      })
  )

  it.effect.each(["in.parquet", "in.arrow"])(
    "ConvertInput keeps whole numbers of %s that no number holds, as text, and says so",
    (name) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const file = path.join(folder, name)
        const values = [5n, 9007199254740993n, -1234567890123456789n]
        const texts = ["a", "b", "c"]
        const named = (column: string) => texts.map((text) => `${column} ${text}`)
        const columns = ["prompt", "chosen", "rejected"]
        if (name.endsWith("arrow")) {
          const table = new Arrow.Table({
            ...Object.fromEntries(columns.map((one) => [one, Arrow.vectorFromArray(named(one), new Arrow.Utf8())])),
            n: Arrow.vectorFromArray(values, new Arrow.Int64()),
            id: Arrow.vectorFromArray(values, new Arrow.Int64())
          })
          fs.writeFileSync(file, Arrow.tableToIPC(table, "file"))
        } else {
          parquetWriteFile({
            filename: file,
            columnData: [
              ...columns.map((one) => ({ name: one, data: named(one), type: "STRING" as const })),
              { name: "n", data: values, type: "INT64" as const },
              { name: "id", data: values, type: "INT64" as const }
            ]
          })
        }
        const made = yield* convert(file, path.join(folder, "out.jsonl"))
        assert.deepStrictEqual(
          readLines(path.join(folder, "out.jsonl")).map((row) => [row["n"], row["id"]]),
          values.map((value) => [String(value), String(value)])
        )
        assert.deepStrictEqual(made.remarks, [[asText, 3]])
      })
  )

  it.effect("ConvertInput tells annotators apart whose numbers differ in the last digit", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "votes.jsonl")
      const annotators = [1234567890123456789n, 1234567890123456790n, 3n]
      const rows = annotators.map((annotator, i) => ({
        annotator,
        prompt: "p",
        response_a: "a",
        response_b: "b",
        winner: ["a", "b", "tie"][i]
      }))
      write(file, rows)
      yield* convert(file, path.join(folder, "out.jsonl"), "votes")
      assert.deepStrictEqual(
        readLines(path.join(folder, "out.jsonl")).map((row) => row["annotator"]),
        annotators.map(String)
      )
    })
  )

  it.effect("ConvertInput keeps numbers inside calls of tools, in objects and in texts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "in.jsonl")
      const call = '{"name":"f","arguments":{"n":9007199254740993}}'
      const tools = '[{"name":"f","parameters":{"maximum":9223372036854775807}}]'
      write(file, [
        {
          conversations: [
            { from: "human", value: "p" },
            { from: "function_call", value: call },
            { from: "observation", value: "o" }
          ],
          chosen: { from: "gpt", value: "a" },
          rejected: { from: "gpt", value: "b" },
          tools
        }
      ])
      const back = path.join(folder, "back.jsonl")
      yield* convert(file, back, "llamafactory-sharegpt")
      assert.include(fs.readFileSync(back, "utf8"), JSON.stringify(call).slice(1, -1))
      const free = path.join(folder, "free.jsonl")
      yield* convert(file, free, "openai-preference")
      assert.include(fs.readFileSync(free, "utf8"), `"tools":${tools}`)
      assert.include(fs.readFileSync(free, "utf8"), '\\"n\\":9007199254740993')
    })
  )

  it.effect("ConvertInput lets preflight find nothing in columns that a trainer ignores", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const extra of [
        (i: number) => ({ f: i < 120 ? i : i + 0.5 }),
        (i: number) => ({ f: i === 140 ? "N/A" : i, score_chosen: i === 140 ? "N/A" : i, score_rejected: -1 }),
        (i: number) => ({ f: i < 120 ? i : 9007199254740993n })
      ]) {
        const file = path.join(folder, "in.jsonl")
        write(file, pairs(extra))
        const found = yield* preflightFiles(
          { files: [file], named: {}, encoding: "o200k_base", maxLength: 1024 },
          reading()
        ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
        assert.strictEqual(found.rows, 250)
        assert.notInclude(["stops training", "silently wrong"], found.worst, JSON.stringify(found.findings))
      }
    })
  )

  it.effect.each(["in.jsonl", "in.json"])(
    "ConvertInput makes room for tools and names in messages of %s that only later rows have",
    (name) =>
      Effect.gen(function* () {
        const turn = (role: string, content: string, more: object = {}) => ({ role, content, ...more })
        const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } }
        const plainRow = (i: number) => ({
          prompt: [turn("user", `p ${i}`)],
          chosen: [turn("assistant", `good ${i}`)],
          rejected: [turn("assistant", `bad ${i}`)]
        })
        const named = { ...plainRow(130), prompt: [turn("user", "p 130", { name: "Zoë" })] }
        const withCall = {
          ...plainRow(140),
          chosen: [turn("assistant", "", { tool_calls: [call] }), turn("tool", "5", { tool_call_id: "c", name: "f" })]
        }
        const rows = (late: Readonly<Record<number, object>>) =>
          Array.from({ length: 160 }, (_, i) => late[i] ?? plainRow(i)) as Rows

        const names = yield* both(name, rows({ 130: named }), "prompt")
        assert.deepStrictEqual(names.values[130], named.prompt)
        assert.deepStrictEqual(names.values[0], [{ ...turn("user", "p 0"), name: null }])

        const tools = yield* both(name, rows({ 130: named, 140: withCall }), "chosen")
        assert.deepStrictEqual(plain(tools.values[140]), withCall.chosen)
        assert.deepStrictEqual(plain(tools.values[0]), plainRow(0).chosen)

        const folder = yield* temporaryFolder
        const file = path.join(folder, name)
        write(file, rows({ 130: named }))
        const made = yield* convert(file, path.join(folder, "out.jsonl"), "llamafactory-sharegpt")
        assert.deepStrictEqual(
          [made.rowsOut, made.lost],
          [160, ["prompt", "chosen", "rejected"].map((column) => `${column} (names of who speaks)`)]
        )
      })
  )

  it.effect("ConvertInput says how many votes have a number or a truth value for a reply", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "votes.jsonl")
      const replies = Array.from({ length: 300 }, (_, i) => (i === 250 ? true : i === 260 ? 5 : `x ${i}`))
      write(
        file,
        replies.map((reply, i) => ({ prompt: `p ${i}`, response_a: reply, response_b: "y", winner: "a" }))
      )
      const made = yield* convert(file, path.join(folder, "out.jsonl"))
      assert.deepStrictEqual(made.remarks, [
        ["rows whose prompt or reply is a number or true or false, which became its text", 2]
      ])
      assert.deepStrictEqual(
        readLines(path.join(folder, "out.jsonl")).map((row) => row["chosen"]),
        replies.map(String)
      )
    })
  )

  it.effect("ConvertInput says what votes are read as and what shows their splits in one sentence each", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "test_votes.jsonl")
      write(file, [{ prompt: "p", response_a: "x", response_b: "y", winner: "a" }])
      const { said } = yield* convert(file, path.join(folder, "out.jsonl"))
      assert.match(said, /Labels: "a" favours the first; the splits are those of words in file names: test \(/)
    })
  )
})
