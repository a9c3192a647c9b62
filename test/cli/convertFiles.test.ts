import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Ranked } from "../../schemas/Ranked.ts"
import { Run } from "../../src/Run.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { temporaryFolder } from "../contracts/source.ts"
import { convert, lines, readLines, readParquet } from "./conversion.ts"

/** Pairs of texts, some of them odd, some of them no pairs; every kind of line has to come through as if parsed. */
const oddRows = [
  {
    prompt: "a question of some length?",
    chosen: 'yes "indeed"\n',
    rejected: "no",
    score_chosen: 1.25,
    score_rejected: -3,
    source: "s"
  },
  { prompt: "", chosen: "é模𝒳", rejected: "\u2028", score_chosen: null, score_rejected: 0, source: null },
  { prompt: "p", chosen: "same", rejected: "same", score_chosen: 1, score_rejected: 1, source: "s" },
  { prompt: "p", chosen: " \n", rejected: "x", score_chosen: 1, score_rejected: 1, source: "s" },
  {
    prompt: "a question of some length?",
    chosen: "a question of some length? a",
    rejected: "a question of some length? b",
    score_chosen: 1,
    score_rejected: 1,
    source: "s"
  },
  { prompt: "p", chosen: "pa", rejected: "pb", score_chosen: 1e-7, score_rejected: 1e21, source: "s" },
  { prompt: "p", chosen: "模", rejected: "型", score_chosen: 1, score_rejected: 1, source: "s" },
  { prompt: "p", chosen: 5, rejected: "型", score_chosen: 1, score_rejected: 1, source: "s" },
  { rejected: "other order", chosen: "b", prompt: "p", score_chosen: 1, score_rejected: 1, source: "s" }
]

describe("convertFiles", () => {
  it.effect("convertFiles copies lines into Parquet as it would convert them one by one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      // Lines are copied only when the first rows show columns of one type each. Then come rows of several chunks and two row groups, a line
      // longer than two chunks, and a last line without a break.
      const many = Array.from({ length: 2500 }, (_, i) =>
        oddRows.map((row) => ({ ...row, source: `${i} ${"x".repeat(i % 700)}` }))
      ).flat()
      many.splice(5000, 0, {
        ...oddRows[0]!,
        chosen: JSON.stringify(Array.from({ length: 500_000 }, (_, i) => i)),
        source: "long"
      })
      const broken =
        '{"prompt":"p","chosen":"\\ud800","rejected":"x","score_chosen":1,"score_rejected":1,"source":"s"}\nno JSON\n\n'
      const alike = Array.from({ length: 200 }, (_, i) => ({ ...oddRows[0]!, score_rejected: i / 2 }))
      fs.writeFileSync(input, `${lines([...alike, ...many])}${broken}${lines(oddRows).trimEnd()}`)
      const fast = path.join(folder, "fast.parquet")
      const slow = path.join(folder, "slow.jsonl")
      const a = yield* convert({ files: [input], to: "trl-preference", out: fast })
      const b = yield* convert({ files: [input], to: "trl-preference", out: slow })
      assert.strictEqual(a.rowsOut, 200 + 4 * 2501 + 1)
      assert.deepStrictEqual(
        [a.rowsIn, a.rowsOut, a.rejected, a.reasons, a.kept],
        [b.rowsIn, b.rowsOut, b.rejected, b.reasons, b.kept]
      )
      assert.deepStrictEqual(yield* readParquet(fast), readLines(slow))
      const rejects = (name: string) => readParquet(path.join(folder, `${name}.rejects.parquet`))
      assert.deepStrictEqual(yield* rejects("fast.parquet"), yield* rejects("slow.jsonl"))
      assert.notInclude(JSON.stringify(yield* rejects("fast.parquet")), folder)
    })
  )

  it.effect("convertFiles makes messages anew in Parquet as it does in JSON Lines, with the same rejects", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const message = (role: string, content: string) => ({ role, content })
      const rows = Array.from({ length: 3000 }, (_, i) => ({
        prompt: [
          ...(i % 3 === 0 ? [message("user", "hello"), message("assistant", `hi ${i}`)] : []),
          message(i % 97 === 5 ? "stranger" : "user", `question \n"${i}" 模`)
        ],
        chosen: [message("assistant", i % 89 === 5 ? " " : `answer ${i}`)],
        rejected: [message("assistant", i % 11 === 5 ? `answer ${i}` : "none")],
        score_chosen: i % 7 === 5 ? null : i / 7,
        source: `${i}`
      }))
      const text = lines(rows).replaceAll("\n", (_, at: number) =>
        at % 5 === 0 ? "\r\n" : at % 7 === 0 ? "\n\n" : "\n"
      )
      fs.writeFileSync(input, `${text}{"prompt":\n${lines(rows.slice(0, 5)).trimEnd()}`)
      const fast = path.join(folder, "fast.parquet")
      const slow = path.join(folder, "slow.jsonl")
      const a = yield* convert({ files: [input], to: "llamafactory-sharegpt", out: fast })
      const b = yield* convert({ files: [input], to: "llamafactory-sharegpt", out: slow })
      const stranger = rows.filter((_, i) => i % 97 === 5).length
      assert.deepInclude(a.reasons, ["unknown role", stranger])
      assert.strictEqual(a.rowsIn, 3006)
      assert.deepStrictEqual([a.rowsIn, a.rowsOut, a.reasons], [b.rowsIn, b.rowsOut, b.reasons])
      assert.deepStrictEqual(yield* readParquet(fast), readLines(slow))
      const rejects = (name: string) => readParquet(path.join(folder, `${name}.rejects.parquet`))
      assert.deepStrictEqual(yield* rejects("fast.parquet"), yield* rejects("slow.jsonl"))
    })
  )

  it.effect(
    "convertFiles writes rejected rows with reason and place, and takes the file away when there are none",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const input = path.join(folder, "in.jsonl")
        const out = path.join(folder, "out.jsonl")
        fs.writeFileSync(
          input,
          lines([
            { prompt: "p", chosen: "a", rejected: "b" },
            { prompt: "p", chosen: "a", rejected: "a" }
          ])
        )
        const first = yield* convert({ files: [input], to: "openai-preference", out })
        assert.deepStrictEqual(first.reasons, [["identical replies", 1]])
        const [reject] = yield* readParquet(path.join(folder, "out.jsonl.rejects.parquet"))
        assert.strictEqual(reject!["reason"], "identical replies")
        assert.include(String(reject!["detail"]), "line 2")
        fs.writeFileSync(input, lines([{ prompt: "p", chosen: "a", rejected: "b" }]))
        yield* convert({ files: [input], to: "trl-preference", out: path.join(folder, "out.parquet") })
        assert.isTrue(fs.existsSync(path.join(folder, "out.jsonl.rejects.parquet")))
        yield* convert({ files: [input], to: "openai-preference", out })
        assert.isFalse(fs.existsSync(path.join(folder, "out.jsonl.rejects.parquet")))
      })
  )

  it.effect(
    "convertFiles replaces no file that it reads, however spelt or linked, nor takes it away as old rejects",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const write = (name: string, i: number) => {
          fs.writeFileSync(path.join(folder, name), lines([{ prompt: `p${i}`, chosen: "a", rejected: "b" }]))
          return path.join(folder, name)
        }
        const own = write("own.jsonl", 0)
        const other = write("other.jsonl", 1)
        const link = path.join(folder, "link.jsonl")
        fs.symlinkSync(own, link)
        const inner = path.join(folder, "inner")
        fs.symlinkSync(folder, inner)
        const spelt = `${folder}/../${path.basename(folder)}/own.jsonl`
        yield* convert({ files: [own], to: "trl-preference", out: path.join(folder, "x.jsonl.rejects.parquet") })
        const rejects = path.join(folder, "x.jsonl.rejects.parquet")
        const before = [own, other, rejects].map((file) => fs.readFileSync(file, "latin1"))
        for (const [files, out] of [
          [[own], own],
          [[own], spelt],
          [[link], own],
          [[own], link],
          [[own], path.join(inner, "own.jsonl")],
          [[other, own], own],
          [[rejects], path.join(folder, "x.jsonl")]
        ] as const) {
          const { message } = yield* Effect.flip(convert({ files, to: "trl-preference", out }))
          assert.match(message, /Cannot convert into ".*": found ".*" there, which is read, .*; choose another name/)
        }
        assert.deepStrictEqual(
          [own, other, rejects].map((file) => fs.readFileSync(file, "latin1")),
          before
        )
        assert.isTrue(fs.lstatSync(link).isSymbolicLink())
      })
  )

  it.effect("convertFiles reads CSV by named columns, numbers as numbers and texts as texts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.csv")
      const out = path.join(folder, "out.jsonl")
      fs.writeFileSync(input, 'question,good,bad,better,worse,n\n1,2,3,4.5,3,7\n"a,b","x\ny",z,,1,8\n')
      const named = {
        prompt: "question",
        chosen: "good",
        rejected: "bad",
        scoreChosen: "better",
        scoreRejected: "worse"
      }
      const { lost, renamed } = yield* convert({ files: [input], to: "trl-preference", out, named })
      assert.deepStrictEqual(readLines(out), [
        { prompt: "1", chosen: "2", rejected: "3", score_chosen: 4.5, score_rejected: 3, n: 7 },
        { prompt: "a,b", chosen: "x\ny", rejected: "z", score_chosen: null, score_rejected: 1, n: 8 }
      ])
      assert.deepStrictEqual(lost, [])
      assert.deepInclude(renamed, { from: "better", to: ["score_chosen"] })
    })
  )

  it.effect("convertFiles takes no score that is named alone or is no number, with a label and without", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.csv")
      fs.writeFileSync(
        input,
        "prompt,chosen,rejected,s1,s2,label,day\np,a,b,1,2,x,2024-01-01\nq,c,d,2,1,y,2024-01-02\n"
      )
      const texts = { prompt: "prompt", chosen: "chosen", rejected: "rejected" }
      for (const more of [{}, { label: "label" }]) {
        for (const [scores, wanted] of [
          [
            { scoreChosen: "s1" },
            /both replies, or of none; name others or more|--score-chosen alone.*with --score-rejected/
          ],
          [
            { scoreRejected: "s2" },
            /both replies, or of none; name others or more|--score-rejected alone.*with --score-chosen/
          ],
          [{ scoreChosen: "day", scoreRejected: "s2" }, /number.* in .*column "day"/]
        ] as const) {
          const error = yield* Effect.flip(
            convert({
              files: [input],
              to: "trl-preference",
              out: path.join(folder, "out.jsonl"),
              named: { ...texts, ...scores, ...more },
              ...("label" in more ? { labelValues: "x,y" } : {})
            })
          )
          assert.match(error.message, wanted)
          assert.notInclude(error.message, "name --prompt")
        }
      }
    })
  )

  it.effect("convertFiles ends what a conversion began that was killed between its data and its card", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      fs.writeFileSync(input, lines([{ prompt: "p", chosen: "a", rejected: "b" }]))
      const out = path.join(folder, "set")
      yield* convert({ files: [input], to: "llamafactory-sharegpt", out })
      const whole = fs.readdirSync(out).toSorted()
      const kill = () => {
        // As it leaves it: data, but nothing that lists them, and what was being written.
        for (const name of ["README.md", "croissant.json", "manifest.json"]) fs.rmSync(path.join(out, name))
        fs.writeFileSync(path.join(out, ".test.jsonl.999999999.tmp"), "")
      }
      kill()
      yield* convert({ files: [input], to: "llamafactory-sharegpt", out })
      assert.deepStrictEqual(fs.readdirSync(out).toSorted(), whole)
      // Another command leaves nothing of it either, and replaces nothing that it did not write.
      kill()
      fs.mkdirSync(path.join(out, "data"))
      const mine = path.join(out, "data/train-00000-of-00001.parquet")
      fs.writeFileSync(mine, "mine")
      const { message } = yield* Effect.flip(convert({ files: [input], to: "trl-preference", out }))
      assert.include(message, `found "${mine}", which no command of Prefloom wrote there`)
      assert.strictEqual(fs.readFileSync(mine, "utf8"), "mine")
      fs.rmSync(mine)
      yield* convert({ files: [input], to: "trl-preference", out })
      const left = [".prefloom", "README.md", "croissant.json", "data", "manifest.json"]
      assert.deepStrictEqual(fs.readdirSync(out).toSorted(), left)
      assert.deepStrictEqual(fs.readdirSync(path.join(out, "data")), [path.basename(mine)])
      // What it took away is not its own for good.
      fs.writeFileSync(path.join(out, "train.jsonl"), "mine")
      yield* Effect.flip(convert({ files: [input], to: "llamafactory-sharegpt", out }))
      yield* convert({ files: [input], to: "trl-preference", out })
      assert.strictEqual(fs.readFileSync(path.join(out, "train.jsonl"), "utf8"), "mine")
    })
  )

  it.effect("convertFiles replaces no file in a folder that no conversion left there", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      fs.writeFileSync(input, lines([{ prompt: "p", chosen: "a", rejected: "b" }]))
      const out = path.join(folder, "set")
      fs.mkdirSync(out)
      const mine = path.join(out, "train.jsonl")
      fs.writeFileSync(mine, "mine")
      const { message } = yield* Effect.flip(convert({ files: [input], to: "llamafactory-sharegpt", out }))
      assert.match(
        message,
        /found ".*train\.jsonl", which no command of Prefloom wrote there, expected .*; move it away/
      )
      assert.strictEqual(fs.readFileSync(mine, "utf8"), "mine")
      fs.rmSync(mine)
      for (const _ of [1, 2]) yield* convert({ files: [input], to: "llamafactory-sharegpt", out })
      // As where one was stopped before its end.
      fs.rmSync(path.join(out, "manifest.json"))
      yield* convert({ files: [input], to: "llamafactory-sharegpt", out })
    })
  )

  it.effect("convertFiles leaves what was there when it fails", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const out = path.join(folder, "out.jsonl")
      fs.writeFileSync(input, lines([{ prompt: "p", chosen: "a", rejected: "a" }]))
      fs.writeFileSync(out, "before")
      const error = yield* Effect.flip(convert({ files: [input], to: "trl-preference", out }))
      assert.include(error.message, "all rejected")
      assert.strictEqual(fs.readFileSync(out, "utf8"), "before")
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["in.jsonl", "out.jsonl"])
    })
  )

  const pairs = (from: number, to: number) =>
    lines(
      Array.from({ length: to - from }, (_, i) => ({ prompt: `p${from + i}`, chosen: "a", rejected: "b", split: "s" }))
    )
  const promptsOf = (rows: ReadonlyArray<Record<string, unknown>>) => rows.map(({ prompt }) => prompt)

  it.effect(
    "convertFiles writes the splits of a folder into a file each, and no other name for a split than that of the files",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.mkdirSync(path.join(folder, "data"))
        fs.writeFileSync(path.join(folder, "data/test-00000-of-00001.jsonl"), pairs(0, 3))
        fs.writeFileSync(path.join(folder, "data/train-00000-of-00002.jsonl"), pairs(3, 5))
        fs.writeFileSync(
          path.join(folder, "data/train-00001-of-00002.jsonl"),
          `${pairs(5, 9)}${lines([{ prompt: "p", chosen: "a", rejected: "a" }])}`
        )
        const out = path.join(folder, "out")
        const made = yield* convert({ files: [folder], to: "ultrafeedback-binarized", out })
        assert.deepStrictEqual(made.splits, [
          ["test", 3],
          ["train", 6]
        ])
        assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [10, 9, 1])
        assert.deepStrictEqual(fs.readdirSync(path.join(out, "data")).toSorted(), [
          "test-00000-of-00001.parquet",
          "train-00000-of-00001.parquet"
        ])
        const test = yield* readParquet(path.join(out, "data/test-00000-of-00001.parquet"))
        assert.deepStrictEqual(promptsOf(test), ["p0", "p1", "p2"])
        const train = yield* readParquet(path.join(out, "data/train-00000-of-00001.parquet"))
        assert.deepStrictEqual(promptsOf(train), ["p3", "p4", "p5", "p6", "p7", "p8"])
        // Readers of the hub take every file that begins with the name of a split.
        assert.strictEqual((yield* readParquet(path.join(out, "rejects.parquet"))).length, 1)
        const again = yield* convert({ files: [out], to: "trl-preference", out: path.join(folder, "again") })
        assert.deepStrictEqual(again.splits, made.splits)
      })
  )

  it.effect("convertFiles begins again without margins where a late row has none, and counts what was odd once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const row = (i: number) => ({ prompt: `p ${i}`, chosen: "a", rejected: "b", margin: i === 150 ? null : i })
      const rows = Array.from({ length: 160 }, (_, i) => (i < 110 ? row(i) : { ...row(i), late: i }))
      fs.writeFileSync(input, `${lines(rows)}no JSON\n${lines([{ ...row(1), prompt: 7, chosen: "b" }])}`)
      for (const ending of ["jsonl", "parquet"]) {
        const out = path.join(folder, `out.${ending}`)
        const made = yield* convert({ files: [input], to: "trl-reward", out })
        assert.deepStrictEqual([made.rowsIn, made.rowsOut, made.rejected], [162, 160, 2])
        assert.deepStrictEqual(made.lost, ["margin"])
        const said = made.remarks.find(([what]) => what.includes("without a margin"))
        assert.strictEqual(said?.[1], 1)
        const written = ending === "jsonl" ? readLines(out) : yield* readParquet(out)
        assert.isTrue(written.every((one) => !("margin" in one)))
        assert.deepStrictEqual(
          written.map(({ late }) => (late == null ? null : Number(late))),
          rows.map((one) => ("late" in one ? one.late : null))
        )
      }
    })
  )

  it.effect("convertFiles replaces and removes no file at the place of rejected rows that is another", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const good = { prompt: "p", chosen: "a", rejected: "b" }
      fs.writeFileSync(input, lines([good]))
      const bad = path.join(folder, "bad.jsonl")
      fs.writeFileSync(bad, lines([good, { ...good, rejected: "a" }]))
      fs.mkdirSync(path.join(folder, "set"))
      const copy = path.join(folder, "copy.parquet")
      yield* convert({ files: [input], to: "trl-preference", out: copy })
      for (const [out, place] of [
        ["out.jsonl", "out.jsonl.rejects.parquet"],
        ["set", "set/rejects.parquet"]
      ] as const) {
        const rejects = path.join(folder, place)
        for (const text of [fs.readFileSync(copy), Buffer.from("mine")]) {
          fs.writeFileSync(rejects, text)
          for (const file of [input, bad]) {
            const failed = yield* Effect.flip(
              convert({ files: [file], to: "trl-preference", out: path.join(folder, out) })
            )
            assert.match(
              failed.message,
              /rejects.parquet"(?: that is none of rejected rows|, which no command.*), .*; move it away/
            )
            assert.isTrue(fs.readFileSync(rejects).equals(text))
          }
        }
        fs.rmSync(rejects)
        yield* convert({ files: [bad], to: "trl-preference", out: path.join(folder, out) })
        assert.strictEqual((yield* readParquet(rejects)).length, 1)
        yield* convert({ files: [input], to: "trl-preference", out: path.join(folder, out) })
        assert.isFalse(fs.existsSync(rejects))
      }
    })
  )

  it.effect("convertFiles names every split in dataset_info.json", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const files = ["train", "test"].map((split) => path.join(folder, `${split}.jsonl`))
      fs.writeFileSync(files[0]!, pairs(0, 2))
      fs.writeFileSync(files[1]!, pairs(2, 3))
      const out = path.join(folder, "out")
      yield* convert({ files, to: "llamafactory-sharegpt", out })
      const info = JSON.parse(fs.readFileSync(path.join(out, "dataset_info.json"), "utf8")) as Record<
        string,
        { readonly file_name: string }
      >
      assert.deepStrictEqual(
        Object.entries(info).map(([name, entry]) => [name, entry.file_name]),
        [
          ["train", "train.jsonl"],
          ["test", "test.jsonl"]
        ]
      )
      assert.strictEqual(readLines(path.join(out, "train.jsonl")).length, 2)
      assert.strictEqual(readLines(path.join(out, "test.jsonl")).length, 1)
    })
  )

  it.effect("convertFiles says once what CSV cannot hold", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      const row = { prompt: "p", chosen: "a", rejected: "b", topics: ["x"] }
      fs.writeFileSync(input, `${JSON.stringify(row)}\n`)
      const out = path.join(folder, "out.csv")
      const { message } = yield* Effect.flip(convert({ files: [input], to: "trl-preference", out }))
      assert.strictEqual(
        message,
        'Cannot write CSV: found lists or structs in the column "topics", expected texts, numbers and truth values; write .jsonl or .parquet'
      )
      assert.isFalse(fs.existsSync(out))
    })
  )

  it.effect("convertFiles leaves no entry in dataset_info.json of a file that went, and the entries of others", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const files = ["train", "test"].map((split) => path.join(folder, `${split}.jsonl`))
      for (const file of files) fs.writeFileSync(file, pairs(0, 2))
      const out = path.join(folder, "out")
      const info = path.join(out, "dataset_info.json")
      const named = () => Object.keys(JSON.parse(fs.readFileSync(info, "utf8")) as object)
      yield* convert({ files, to: "llamafactory-sharegpt", out })
      yield* convert({ files: files.slice(0, 1), to: "llamafactory-sharegpt", out })
      assert.deepStrictEqual(named(), ["train"])
      assert.isFalse(fs.existsSync(path.join(out, "test.jsonl")))
      // Another format leaves no registry where no other entry is left, and is read back.
      yield* convert({ files, to: "llamafactory-alpaca", out })
      yield* convert({ files, to: "trl-preference", out })
      assert.isFalse(fs.existsSync(info))
      const back = yield* convert({ files: [out], to: "openrlhf", out: path.join(folder, "back") })
      assert.strictEqual(back.rowsOut, 4)
      // What somebody entered stays.
      yield* convert({ files, to: "llamafactory-alpaca", out })
      const own = { mine: { file_name: "mine.jsonl" } }
      fs.writeFileSync(info, JSON.stringify({ ...own, ...JSON.parse(fs.readFileSync(info, "utf8")) }))
      const { files: written } = yield* convert({ files, to: "trl-preference", out })
      assert.deepStrictEqual(JSON.parse(fs.readFileSync(info, "utf8")), own)
      assert.include(written, info)
    })
  )

  it.effect("convertFiles mixes no splits in one file, and writes one of them where it is named", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const files = ["train", "test"].map((split) => path.join(folder, `${split}.jsonl`))
      fs.writeFileSync(files[0]!, pairs(0, 2))
      fs.writeFileSync(files[1]!, pairs(2, 3))
      const request = { files, to: "trl-preference", out: path.join(folder, "out.parquet") }
      const { message } = yield* Effect.flip(convert(request))
      assert.match(
        message,
        /the splits train, test and one file.*give a folder with --out, or choose one with --split train/
      )
      assert.isFalse(fs.existsSync(request.out))
      yield* convert({ ...request, splits: ["test"] })
      assert.deepStrictEqual(promptsOf(yield* readParquet(request.out)), ["p2"])
      fs.writeFileSync(files[1]!, lines([{ prompt: "p", chosen: "a", rejected: "a" }]))
      const out = path.join(folder, "out")
      const empty = yield* Effect.flip(convert({ ...request, out }))
      assert.match(empty.message, /found 1 row of the split test, all rejected, the first because .*test\.jsonl/)
      assert.deepStrictEqual(fs.readdirSync(path.join(out, "data")), [])
    })
  )

  it.effect("convertFiles keeps the splits of votes apart, and rows of one in its file", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const vote = (i: number) => ({
        prompt: `p${i}`,
        response_a: "x",
        response_b: "y",
        winner: i % 2 === 0 ? "a" : "b"
      })
      const files = ["train", "test"].map((split) => path.join(folder, `${split}.jsonl`))
      fs.writeFileSync(files[0]!, lines([0, 1, 2].map(vote)))
      fs.writeFileSync(files[1]!, lines([3, 4].map(vote)))
      const out = path.join(folder, "out")
      const { from, rowsIn, splits } = yield* convert({ files, to: "trl-preference", out })
      assert.deepStrictEqual([from, rowsIn], ["votes", 5])
      assert.deepStrictEqual(splits, [
        ["train", 3],
        ["test", 2]
      ])
      assert.deepStrictEqual(promptsOf(yield* readParquet(path.join(out, "data/test-00000-of-00001.parquet"))), [
        "p3",
        "p4"
      ])
    })
  )

  it.effect("convertFiles reads ranked lists as the stage writes them, for trainers of pairs and as lists again", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const lists = Array.from({ length: 5 }, (_, i) => ({
        id: `list ${i}`,
        prompt: `prompt ${i}`,
        responses: [3, 2, 1].map((score, rank) => ({
          id: `${i}${rank}`,
          text: `text ${i} ${rank}`,
          model: `m${rank}`,
          score,
          rank: rank + 1
        })),
        nRanks: 3
      }))
      const run = { ...(yield* Run), folder }
      yield* parquet("data/train-00000-of-00001.parquet")
        .write(Ranked, Stream.fromIterable([{ index: 0, rows: lists }]))
        .pipe(Effect.provideService(Run, run))
      const made = yield* convert({ files: [folder], to: "llamafactory-sharegpt", out: path.join(folder, "llama") })
      assert.deepStrictEqual([made.from, made.rowsOut], ["prefloom-ranked", 5])
      assert.deepStrictEqual(made.remarks, [
        ["replies left out that were neither the best nor the worst of their list", 5]
      ])
      const rows = readLines(path.join(folder, "llama/train.jsonl"))
      assert.deepInclude(rows[4]!, {
        chosen: { from: "gpt", value: "text 4 0" },
        rejected: { from: "gpt", value: "text 4 2" }
      })
      const again = path.join(folder, "again.parquet")
      const same = yield* convert({ files: [path.join(folder, "data/*.parquet")], to: "prefloom-ranked", out: again })
      assert.deepStrictEqual(same.lost, [])
      assert.deepStrictEqual(
        yield* readParquet(again),
        yield* readParquet(path.join(folder, "data/train-00000-of-00001.parquet"))
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("convertFiles refuses a rule for pairs where there are no ranked lists, and then writes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out.jsonl")
      for (const [format, row] of [
        ["trl-preference", { prompt: "p", chosen: "a", rejected: "b" }],
        ["votes", { prompt: "p", response_a: "a", response_b: "b", winner: "response_b", annotator: "x" }],
        ["trl-unpaired", { prompt: "p", completion: "a", label: true }]
      ] as const) {
        const file = path.join(folder, `${format}.jsonl`)
        fs.writeFileSync(file, lines([row]))
        const { message } = yield* Effect.flip(convert({ files: [file], to: format, out, pairs: "all" }))
        assert.strictEqual(
          message,
          `Cannot convert: found --pairs all and no ranked lists in ${format}, expected such lists to cut pairs from; leave out --pairs`
        )
        assert.isFalse(fs.existsSync(out))
      }
    })
  )

  it.effect("convertFiles says which label it does not use where both replies are named", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "votes.jsonl")
      fs.writeFileSync(file, lines([{ prompt: "p", response_a: "a", response_b: "b", winner: "response_b" }]))
      const request = { files: [file], to: "trl-preference", out: path.join(folder, "out.jsonl") }
      const sides = { prompt: "prompt", chosen: "response_a", rejected: "response_b" }
      const { said } = yield* convert({ ...request, named: sides })
      assert.match(said, /^columns as named; the label "winner" was not used: name it with --label/)
      const told = yield* convert({ ...request, named: { ...sides, label: "winner" } })
      assert.notInclude(told.said, "was not used")
      assert.strictEqual(readLines(request.out)[0]!["chosen"], "b")
      fs.writeFileSync(file, lines([{ prompt: "p", chosen: "a", rejected: "b", topic: 3 }]))
      const plain = { prompt: "prompt", chosen: "chosen", rejected: "rejected" }
      assert.strictEqual((yield* convert({ ...request, named: plain })).said, "columns as named")
      fs.writeFileSync(file, lines([{ prompt: "p", chosen: "a", rejected: "b", winner: "second" }]))
      for (const named of [plain, {}]) {
        assert.include((yield* convert({ ...request, named })).said, '; the label "winner" was not used')
      }
    })
  )

  it.effect("convertFiles reads the columns of pairs that LLaMA-Factory's registry names, and says so", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(path.join(folder, "mine.json"), JSON.stringify([{ question: "p", good: "a", bad: "b" }]))
      const columns = { prompt: "question", chosen: "good", rejected: "bad" }
      const info = { mine: { file_name: "mine.json", ranking: true, columns } }
      fs.writeFileSync(path.join(folder, "dataset_info.json"), JSON.stringify(info))
      const out = path.join(folder, "out.jsonl")
      const { said } = yield* convert({ files: [folder], to: "trl-preference", out })
      assert.deepStrictEqual(readLines(out), [{ prompt: "p", chosen: "a", rejected: "b" }])
      assert.include(said, "as dataset_info.json names them")
    })
  )

  it.effect.each([
    ["trl-nothing", "out.jsonl", "take one of trl-preference"],
    ["trl-unpaired", "out.xlsx", "choose one of these endings"],
    ["together", "out.parquet", "JSON Lines alone"],
    ["trl-stepwise", "out.jsonl", "expected steps with labels"]
  ] as const)("convertFiles refuses --to %s --out %s", ([to, name, remedy]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(folder, "in.jsonl")
      fs.writeFileSync(input, lines([{ prompt: "p", chosen: "a", rejected: "b" }]))
      const error = yield* Effect.flip(convert({ files: [input], to, out: path.join(folder, name) }))
      assert.include(error.message, remedy)
      assert.deepStrictEqual(fs.readdirSync(folder), ["in.jsonl"])
    })
  )
})

const real = path.resolve(import.meta.dirname, "../../../shared/data/real")
const hasReal = fs.existsSync(real)
if (!hasReal) process.stdout.write(`skipped: conversions of real files, because there is no folder "${real}"\n`)

describe.skipIf(!hasReal)("convertFiles on published files", () => {
  const cases = [
    ["llamafactory-demos/dpo_en_demo.json", "llamafactory-sharegpt", 300, []],
    ["llamafactory-demos/v1_dpo_demo.jsonl", "llamafactory-v1", 10, []],
    [
      "hh-rlhf-harmless-test/test.jsonl.gz",
      "hh-rlhf",
      2312,
      [
        ["different prompts", 5],
        ["empty reply", 4]
      ]
    ],
    [
      "autoj-pairwise/testdata_pairwise.jsonl",
      "votes",
      1392,
      [
        ["tie", 372],
        ["empty reply", 1]
      ],
      2
    ],
    [
      "pandalm-testset/testset-v1.json",
      "votes",
      999,
      [
        ["tie", 79],
        ["empty reply", 22]
      ],
      136
    ]
  ] as const
  it.effect.each(cases)("convertFiles recognises %s as %s", ([name, from, rowsIn, reasons, nPooled = 0]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out.parquet")
      const found = yield* convert({ files: [path.join(real, name)], to: "trl-preference", out })
      assert.strictEqual(found.from, from)
      assert.strictEqual(found.rowsIn, rowsIn)
      assert.strictEqual(found.rowsOut + found.rejected + nPooled, rowsIn)
      assert.deepStrictEqual(found.reasons, reasons)
      if (nPooled > 0) assert.include(found.remarks.flat(), nPooled)
      assert.strictEqual((yield* readParquet(out)).length, found.rowsOut)
    })
  )

  it.effect("convertFiles reads the KTO demo with as many wanted replies as unwanted", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out.jsonl")
      yield* convert({ files: [path.join(real, "llamafactory-demos/kto_en_demo.json")], to: "trl-unpaired", out })
      const rows = readLines(out)
      assert.strictEqual(rows.filter(({ label }) => label === true).length, 150)
      assert.strictEqual(rows.filter(({ label }) => label === false).length, 150)
    })
  )

  it.effect("convertFiles reads the votes of LLMFAO, which names models and has no texts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out.csv")
      const files = [path.join(real, "llmfao/crowd-comparisons.csv")]
      const { rowsOut } = yield* convert({ files, to: "votes", out })
      assert.strictEqual(rowsOut, 8931)
      const error = yield* Effect.flip(convert({ files, to: "trl-preference", out: path.join(folder, "no.jsonl") }))
      assert.include(error.message, "without texts")
    })
  )

  it.effect("convertFiles gives transcripts of HH-RLHF back byte for byte", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const input = path.join(real, "hh-rlhf-harmless-test/test.jsonl.gz")
      const out = path.join(folder, "out.jsonl")
      yield* convert({ files: [input], to: "hh-rlhf", out })
      const before = new Set(
        zlib
          .gunzipSync(fs.readFileSync(input))
          .toString()
          .trimEnd()
          .split("\n")
          .map((line) => JSON.stringify(JSON.parse(line)))
      )
      const after = readLines(out)
      assert.strictEqual(after.length, 2303)
      for (const { chosen, rejected } of after) assert.isTrue(before.has(JSON.stringify({ chosen, rejected })))
    })
  )
})
