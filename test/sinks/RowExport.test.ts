import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Ranked } from "../../schemas/Ranked.ts"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import { renderCheck } from "../../src/cli/renderCheck.ts"
import type { ExportFinding } from "../../src/Findings.ts"
import * as Columns from "../../src/Columns.ts"
import { execute } from "../../src/execute.ts"
import { into } from "../../src/Plan.ts"
import { Progress } from "../../src/Progress.ts"
import { renderSummary } from "../../src/report/renderSummary.ts"
import { warningsOf } from "../../src/report/warningsOf.ts"
import { Run } from "../../src/Run.ts"
import { dataset, type DatasetOptions, type Derivations } from "../../src/sinks/dataset.ts"
import { RowExport } from "../../src/sinks/RowExport.ts"
import * as Stage from "../../src/Stage.ts"
import { memory } from "../../src/sources/memory.ts"
import { runPrefloom } from "../cli/runPrefloom.ts"
import { temporaryFolder } from "../stages/collect.ts"
import { readParquet } from "./readBack.ts"

const fields = {
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  labelProb: Schema.NullOr(Schema.Finite),
  split: Schema.NullOr(Schema.String)
}
const rows = [
  { id: "a", prompt: "Why?", chosen: "Because of it.", rejected: "No idea.", labelProb: 0.9, split: null },
  { id: "b", prompt: "How?", chosen: "Like this.", rejected: "Like this.", labelProb: 0.5, split: null },
  { id: "c", prompt: "When?", chosen: " At noon.", rejected: "Never was.", labelProb: null, split: "test" }
]

const planOf = (options: DatasetOptions<Derivations>) =>
  memory(rows, fields).pipe(into(dataset(options as DatasetOptions<{}>)))

const run = (out: string, options: DatasetOptions<Derivations>) =>
  execute(planOf(options), { name: "mine", out, seed: 0, limit: null, fresh: false, progress: new Progress() })

const linesOf = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown)

const cardOf = (folder: string) => fs.readFileSync(path.join(folder, "README.md"), "utf8")

describe("RowExport", () => {
  it("RowExport keeps the names of who speaks where the columns have them, or says that they are lost", () => {
    const turns = Schema.Array(
      Schema.Struct({ role: Schema.String, content: Schema.String, name: Schema.NullOr(Schema.String) })
    )
    const columns = Columns.fromFields({ prompt: turns, chosen: turns, rejected: turns })
    const said = (role: string, content: string, name: string | null) => [{ role, content, name }]
    const row = {
      prompt: said("user", "Who?", "Zoë"),
      chosen: said("assistant", "You.", null),
      rejected: said("assistant", "I.", null)
    }
    for (const to of ["trl-preference", "openrlhf", "nemo-rl"]) {
      const exported = new RowExport(to, columns, () => [])
      assert.deepStrictEqual(exported.finding.lost, [], to)
      assert.include(JSON.stringify(exported.rowsOf(row)), "Zoë", to)
    }
    const plain = new RowExport("axolotl", columns, () => [])
    assert.match(plain.finding.lost.join(), /prompt \(names of who speaks\)/)
  })

  it.effect("RowExport writes pairs for RewardTrainer with a margin where all have one, and else without", () =>
    Effect.gen(function* () {
      const withMargin = { ...fields, margin: Schema.NullOr(Schema.Finite) }
      for (const [margins, wanted] of [
        [
          [0.5, 1, 2],
          [0.5, 2]
        ],
        // The second pair is left out for another reason.
        [
          [0.5, null, 2],
          [0.5, 2]
        ],
        [[0.5, 1, null], null],
        [[null, null, null], null]
      ] as const) {
        const out = yield* temporaryFolder
        const plan = memory(
          rows.map((row, i) => ({ ...row, margin: margins[i]! })),
          withMargin
        ).pipe(into(dataset({ to: "trl-reward" })))
        const options = { name: "mine", out, seed: 0, limit: null, fresh: false, progress: new Progress() }
        const { manifest } = yield* execute(plan, options)
        const files = ["train", "test"].map((split) => path.join(out, `data/${split}-00000-of-00001.parquet`))
        const written = (yield* Effect.promise(() => Promise.all(files.map(readParquet)))).flat()
        assert.deepStrictEqual(
          written.map(({ id }) => id),
          ["a", "c"]
        )
        if (wanted === null) {
          assert.isTrue(written.every((row) => !("margin" in row)))
          const { lost, notes } = manifest.findings
            .map(({ finding }) => finding)
            .find(({ kind }) => kind === "export") as ExportFinding
          assert.deepStrictEqual(lost, ["margin"])
          assert.match(notes.join("\n"), /\d without a margin, so that no pair got one/)
          const nLacking = margins.filter((margin, i) => margin === null && i !== 1).length
          const warning = warningsOf(manifest).find(({ code }) => code === "marginsLeftOut")
          assert.match(warning!.messages[0]!.message, new RegExp(`^${nLacking} without a margin, so that`))
          assert.match(renderSummary(manifest, out), /Warning: No row was written with its margin\n/)
        } else {
          assert.deepStrictEqual(
            written.map(({ margin }) => margin),
            [...wanted]
          )
          assert.notInclude(renderSummary(manifest, out), "margin")
        }
      }
    })
  )

  it.effect("RowExport writes what prefloom convert writes, by split, and rejects what it rejects", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const { manifest } = yield* run(out, { to: "openai-preference" })
      const files = ["data/train-00000-of-00001.jsonl", "data/test-00000-of-00001.jsonl"]
      assert.deepStrictEqual(
        manifest.files
          .filter(({ path: file }) => file !== "rejects.parquet")
          .map(({ path: file, rows: n }) => [file, n]),
        files.map((file) => [file, 1])
      )

      const given = path.join(out, "given.jsonl")
      fs.writeFileSync(given, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
      const converted = path.join(out, "converted")
      const { lost } = yield* convertFiles(
        { files: [given], named: {}, to: "openai-preference", out: converted },
        { what: "", nRows: 0, totalRows: null }
      ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
      assert.deepStrictEqual(
        files.map((file) => linesOf(path.join(out, file))),
        ["train.jsonl", "test.jsonl"].map((file) => linesOf(path.join(converted, file)))
      )
      const finding = manifest.findings.find((one) => one.finding.kind === "export")!.finding
      assert.deepInclude(finding, { format: "openai-preference", lost })

      const stage = manifest.stages.at(-1)!
      assert.deepInclude(stage, { key: "dataset", kind: "sink", rowsIn: 3, rowsOut: 2 })
      assert.deepStrictEqual(stage.rejected, { "identical replies": 1 })
      const [reject, ...others] = yield* Effect.promise(() => readParquet(path.join(out, "rejects.parquet")))
      assert.deepInclude(reject, { id: "b", stage: "dataset", reason: "identical replies" })
      assert.lengthOf(others, 0)
      assert.include(renderSummary(manifest, "out"), "Rejected  1: identical replies 1")
    })
  )

  it.effect("RowExport tells the card what the format cannot hold, and declares no columns of free JSON", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      yield* run(out, { to: "openai-preference" })
      const card = cardOf(out)
      const section = /## What the format could not hold\n\n((?:- .*\n)+)/.exec(card)![1]!
      assert.deepStrictEqual(
        section
          .trimEnd()
          .split("\n")
          .map((line) => /^- Column (\w+)/.exec(line)![1]),
        ["id", "labelProb", "split"]
      )
      assert.include(section, "- Column labelProb: posterior probability, 0 to 1, that the recorded order is right;")
      assert.notInclude(card, "features:")

      const all = yield* temporaryFolder
      yield* run(all, { to: "trl-preference" })
      assert.notInclude(cardOf(all), "could not hold")
      assert.include(cardOf(all), "features:")
    })
  )

  it.effect("RowExport has the list said before the first row, by run, describe and check", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "mine.ts")
      fs.writeFileSync(
        file,
        `import { dataset, enrich, into, memory } from "prefloom"
import * as Schema from "effect/Schema"
const text = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const say = enrich({
  name: "say",
  needs: {},
  gives: { nWords: Schema.Int },
  rows: (rows) => {
    console.error("the first row")
    return rows.map(() => ({ nWords: 1 }))
  }
})
const rows = [{ id: "a", prompt: "Why?", chosen: "Because.", rejected: "No idea." }]
export default memory(rows, text).pipe(say, into(dataset({ to: "together" })))
`
      )
      const prefloom = (...args: ReadonlyArray<string>) =>
        Effect.promise(() => runPrefloom([...args.slice(0, 1), file, ...args.slice(1)], { cwd: folder }))
      const ran = yield* prefloom("run", "--out", path.join(folder, "out"))
      assert.strictEqual(ran.code, 0, ran.stderr)
      const losses = "Written as together, these columns or parts of them are left out: id, nWords"
      assert.isAtLeast(ran.stderr.indexOf(losses), 0, ran.stderr)
      assert.isBelow(ran.stderr.indexOf(losses), ran.stderr.indexOf("the first row"))
      const described = yield* prefloom("describe")
      assert.include(described.stdout, losses)
      assert.notInclude(described.stderr, "the first row")
      const checked = { pipeline: "mine", types: null, provider: null, problems: [], probes: null, remarks: [] }
      assert.include(
        renderCheck({ ...checked, plan: planOf({ to: "together" }) }),
        "Written as together, these columns or parts of them are left out: id, labelProb, split"
      )
      assert.deepStrictEqual(planOf({ to: "trl-preference" }).notices, [])
    })
  )

  it.effect("RowExport writes dataset_info.json for all files, and derived tables from the rows as they were", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const look = Stage.reshape({
        name: "look",
        needs: { labelProb: fields.labelProb },
        gives: { p: fields.labelProb },
        keeps: false,
        row: ({ labelProb }) => [{ p: labelProb }]
      })
      const { manifest } = yield* run(out, { to: "llamafactory-sharegpt", derive: { looked: look } })
      const names = manifest.files.map(({ path: file }) => file)
      assert.include(names, "data/dataset_info.json")
      const info = JSON.parse(fs.readFileSync(path.join(out, "data/dataset_info.json"), "utf8")) as Record<
        string,
        unknown
      >
      const data = names.filter((name) => name.startsWith("data/t")).map((name) => path.basename(name))
      assert.lengthOf(data, 2)
      assert.deepStrictEqual(
        Object.values(info).map((entry) => (entry as Record<string, unknown>)["file_name"]),
        data
      )
      const derived = names.filter((name) => name.startsWith("looked/"))
      assert.lengthOf(derived, 1)
      const nRows = manifest.files.find(({ path: file }) => file === derived[0])!.rows
      assert.strictEqual(nRows, 3)
    })
  )

  it.effect("RowExport writes ranked lists as prefloom convert does", () =>
    Effect.gen(function* () {
      const reply = (text: string, rank: number) => ({ id: text, text, model: "m", score: 3 - rank, rank })
      const lists = [
        {
          id: "a",
          prompt: "Why?",
          responses: [reply("Best.", 1), reply("Middling.", 2), reply("Worst.", 3)],
          nRanks: 3
        },
        { id: "b", prompt: "How?", responses: [reply("So.", 1), reply("Or so.", 1)], nRanks: 1 }
      ]
      const reads = { ".jsonl": (file: string) => Promise.resolve(linesOf(file)), ".parquet": readParquet }
      const targets = [
        ["prefloom-ranked", ".parquet"],
        ["ultrafeedback", ".jsonl"],
        ["trl-preference", ".parquet"]
      ] as const
      for (const [to, extension] of targets) {
        const out = yield* temporaryFolder
        const plan = memory(lists, Ranked).pipe(into(dataset({ to })))
        yield* execute(plan, { name: "mine", out, seed: 0, limit: null, fresh: false, progress: new Progress() })
        const given = path.join(out, "given.jsonl")
        fs.writeFileSync(given, lists.map((row) => `${JSON.stringify(row)}\n`).join(""))
        const converted = path.join(out, `converted${extension}`)
        yield* convertFiles(
          { files: [given], named: {}, to, out: converted },
          { what: "", nRows: 0, totalRows: null }
        ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
        const own = path.join(out, `data/train-00000-of-00001${extension}`)
        const [rowsOfRun, rowsConverted] = yield* Effect.promise(() =>
          Promise.all([reads[extension](own), reads[extension](converted)])
        )
        assert.isNotEmpty(rowsOfRun)
        assert.deepStrictEqual(rowsOfRun, rowsConverted)
      }
    })
  )

  it("RowExport refuses names, columns and files that cannot be, when the plan is built", () => {
    const build = (options: DatasetOptions<{}>, columns: Schema.Struct.Fields = fields) =>
      dataset(options).check!(columns)
    assert.throws(() => build({ to: "mine" }), /write a data set as "mine": .*expected one of trl-preference, /)
    assert.throws(() => build({ to: "together", format: "parquet" }), /found format "parquet", expected "jsonl"/)
    assert.throws(
      () => build({ to: "trl-preference" }, { id: Schema.String }),
      /found the columns "id", expected those of preference data/
    )
    const single = { prompt: Schema.String, completion: Schema.String, label: Schema.Boolean }
    assert.throws(
      () => build({ to: "trl-preference" }, single),
      /found single replies with a label, expected two or more/
    )
    build({ to: "trl-unpaired" }, single)
  })
})
