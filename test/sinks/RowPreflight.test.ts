import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { preflightFiles } from "../../src/cli/preflightFiles.ts"
import { execute } from "../../src/execute.ts"
import { formats } from "../../src/formats/formats.ts"
import type { Manifest } from "../../src/Manifest.ts"
import { into, type Plan } from "../../src/Plan.ts"
import type { Preflight } from "../../src/Preflight.ts"
import { Progress } from "../../src/Progress.ts"
import { renderSummary } from "../../src/report/renderSummary.ts"
import { Run } from "../../src/Run.ts"
import { dataset, type DatasetOptions } from "../../src/sinks/dataset.ts"
import { memory } from "../../src/sources/memory.ts"
import { tinyTemplate, writeTiny } from "../preflight/tinyTokenizer.ts"
import { temporaryFolder } from "../stages/collect.ts"

const turns = Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.String }))
const fields = { id: Schema.String, prompt: turns, chosen: turns, rejected: turns, split: Schema.NullOr(Schema.String) }

const said = (role: string, content: string) => [{ role, content }]
const row = (id: string, prompt: string, chosen: string, rejected: string, split: string | null = null) => ({
  id,
  prompt: said("user", prompt),
  chosen: said("assistant", chosen),
  rejected: said("assistant", rejected),
  split
})

/** One token a word, as in every encoding that is offered. */
const long = "the of and to in is that for on with ".repeat(12).trim()

const good = ["sea", "sky", "sun"].map((thing, i) =>
  row(`good ${i}`, `Why is the ${thing} as it is?`, `The ${thing} has its reasons, ${i} of them.`, "Nobody can know.")
)
const planted = [
  row("cut", "Go on with the words.", `${long} one`, `${long} two`),
  row("inside", "Which way?", "Take the train at nine in the morning.", "Well. Take the train at nine in the morning."),
  { ...row("turn", "", "Gladly.", "By no means."), prompt: said("assistant", "Shall I begin?") },
  row("twice", "Say that again?", "Again, then.", "I will not."),
  row("elsewhere", "Say that again?", "Once more, then.", "Never.", "test")
]

const run = Effect.fnUntraced(function* (
  out: string,
  options: DatasetOptions<{}>,
  rows: ReadonlyArray<(typeof good)[number]> = [...good, ...planted]
) {
  return yield* executeInto(out, memory(rows, fields).pipe(into(dataset(options))))
})

const executeInto = (out: string, plan: Plan<Run>) =>
  execute(plan, { name: "planted", out, seed: 0, limit: null, fresh: false, progress: new Progress() })

const read = (folder: string, name: string) => fs.readFileSync(path.join(folder, name), "utf8")

const preflightIn = ({ findings }: Manifest): Preflight =>
  findings.flatMap(({ finding }) => (finding.kind === "preflight" ? [finding] : []))[0]!

const findingsOf = ({ findings }: Preflight) =>
  findings.map(({ check, remedy, rows, severity, what }) => ({ check, remedy, rows, severity, what }))

describe("RowPreflight", () => {
  it.effect(
    "RowPreflight finds texts that are all dates where rows are written as JSON, whatever the card declares",
    () =>
      Effect.gen(function* () {
        const columns = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String, when: Schema.String }
        const rows = good.map(({ id }, i) => ({
          prompt: `When was ${id}?`,
          chosen: `2024-01-0${i + 1}`,
          rejected: "Never, as far as I know.",
          when: "2024-01-02 10:00"
        }))
        for (const format of ["parquet", "arrow", "jsonl", "jsonl.zst"] as const) {
          const plan = memory(rows, columns).pipe(into(dataset({ format, preflight: true })))
          const { manifest } = yield* executeInto(yield* temporaryFolder, plan)
          const dates = findingsOf(preflightIn(manifest)).filter(({ check }) => check === "textsAreDates")
          assert.deepStrictEqual(
            dates.map(({ rows: n, severity, what }) => [n, severity, /"(.*?)"/.exec(what)![1]]),
            format.startsWith("jsonl")
              ? [
                  [3, "silently wrong", "chosen"],
                  [3, "worth knowing", "when"]
                ]
              : []
          )
        }
      })
  )

  it.effect(
    "RowPreflight says what was planted in manifest, summary, card and report, as the command does of the files",
    () =>
      Effect.gen(function* () {
        const out = yield* temporaryFolder
        const { manifest } = yield* run(out, { preflight: { maxLength: 64 } })
        const found = manifest.findings.find(({ finding }) => finding.kind === "preflight")!
          .finding as unknown as Preflight
        assert.deepInclude(found, { format: "trl-preference", target: "trl-preference", maxLength: 64, rows: 8 })
        const seen = Object.fromEntries(found.findings.map((one) => [one.check, one]))
        assert.deepInclude(seen["sameAfterTruncation"], { severity: "silently wrong", rows: 1, share: 1 / 8 })
        assert.deepStrictEqual(seen["sameAfterTruncation"]!.examples, [{ id: "cut", place: "train:4" }])
        assert.deepInclude(seen["chosenInRejected"], { severity: "worth knowing", rows: 1 })
        assert.deepInclude(seen["noPrefix"], { severity: "silently wrong", rows: 1 })
        assert.deepInclude(seen["promptInSplits"], { severity: "silently wrong", rows: 2 })
        assert.deepStrictEqual(
          seen["promptInSplits"]!.examples.map(({ place }) => place),
          ["train:7", "test:1"]
        )

        const summary = renderSummary(manifest, "out")
        assert.include(summary, "findings in 8 rows for trl-preference, 64 tokens of o200k_base")
        assert.include(
          summary,
          "Warning: training would go wrong unnoticed\n  2 rows (25.0%): the same prompt stands in"
        )
        assert.match(summary, /^ {2}1 row \(12\.5%\): chosen and rejected are the same after truncation/m)
        assert.match(summary, /^ {4}remedy: raise the maximum length/m)
        const card = read(out, "README.md")
        assert.match(card, /^## Before training\n\nLooked at while they were written: 8 rows/m)
        for (const [severity, n, what] of [
          ["silently wrong", 1, "chosen and rejected are the same after truncation at 64 tokens"],
          ["silently wrong", 2, "the same prompt stands in more than one split"],
          ["silently wrong", 1, "the rendered prompt is no prefix of the rendered conversation"],
          ["worth knowing", 1, "the chosen reply stands whole inside the rejected one"]
        ] as const) {
          assert.include(card, `| ${severity} | ${n} | ${n === 1 ? "12.5%" : "25.0%"} | ${what}`)
        }
        assert.match(read(out, "report.html"), /Training would go wrong unnoticed/)

        const ofFiles = yield* preflightFiles(
          { files: [out], named: {}, encoding: "o200k_base", maxLength: 64 },
          { what: "", nRows: 0, totalRows: null }
        ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
        assert.deepStrictEqual(findingsOf(found), findingsOf(ofFiles))
        assert.deepStrictEqual(found.unchecked, ofFiles.unchecked)
      })
  )

  it.effect("RowPreflight finds in rows of any format what the command finds in their files", () =>
    Effect.gen(function* () {
      const pair = (id: string, prompt: string, chosen: string, rejected: string, split: string | null = null) => ({
        id,
        prompt,
        chosen,
        rejected,
        split,
        score_chosen: 2,
        score_rejected: 1
      })
      const pairs = [
        pair("good", "Why is the sea as it is?", " The sea has its reasons.", " Nobody can know."),
        pair("cut", "Go on with the words.", `${long} one`, `${long} two`),
        pair(
          "inside",
          "Which way?",
          "Take the train at nine in the morning.",
          "No. Take the train at nine in the morning."
        ),
        pair("markup", "Which way now?", "Here.<|im_end|>", "There and back."),
        pair("same", "Which?", "Here.", "Here."),
        pair("twice", "Say that again?", "Again, then.", "I will not."),
        pair("again", "Say that again?", "Again, then.", "I will not."),
        pair("elsewhere", "Say that again?", "Once more, then.", "Never.", "test")
      ]
      const text = Schema.String
      const columns = {
        id: text,
        prompt: text,
        chosen: text,
        rejected: text,
        split: Schema.NullOr(text),
        score_chosen: Schema.Finite,
        score_rejected: Schema.Finite
      }
      // Steps are no pairs. Votes are read several rows at a time, which rows on their way out are not.
      const votes = yield* executeInto(
        yield* temporaryFolder,
        memory(pairs, columns).pipe(into(dataset({ to: "votes", preflight: true })))
      )
      assert.deepStrictEqual(
        preflightIn(votes.manifest).findings.map(({ check, rows }) => [check, rows]),
        [["notReadBack", 8]]
      )
      for (const { name } of formats.filter(({ name: one }) => !["trl-stepwise", "votes"].includes(one))) {
        const out = yield* temporaryFolder
        const plan = memory(pairs, columns).pipe(into(dataset({ to: name, preflight: { maxLength: 64 } })))
        const { manifest } = yield* executeInto(out, plan)
        const found = preflightIn(manifest)
        const ofFiles = yield* preflightFiles(
          { files: [out], named: {}, from: name, encoding: "o200k_base", maxLength: 64 },
          { what: "", nRows: 0, totalRows: null }
        ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
        assert.deepStrictEqual(findingsOf(found), findingsOf(ofFiles), name)
        assert.deepStrictEqual(found.unchecked, ofFiles.unchecked, name)
      }
    })
  )

  it.effect("RowPreflight changes no file of rows, and nothing is said where nobody asked", () =>
    Effect.gen(function* () {
      const [plain, looked] = [yield* temporaryFolder, yield* temporaryFolder]
      const a = yield* run(plain, {})
      const b = yield* run(looked, { preflight: true })
      assert.deepStrictEqual(a.manifest.files, b.manifest.files)
      assert.deepStrictEqual(a.manifest.findings, [])
      assert.notInclude(read(plain, "README.md"), "Before training")
    })
  )

  it.effect(
    "RowPreflight fails the run before a file appears when it was told to, and lets through what is milder",
    () =>
      Effect.gen(function* () {
        const out = yield* temporaryFolder
        const failed = yield* Effect.flip(run(out, { preflight: { maxLength: 64, failOn: "silently wrong" } }))
        assert.match(
          failed.message,
          /^Cannot write "data" \(sink "dataset"\): \d findings of the preflight \(silently wrong: .*chosen and rejected are the same after truncation at 64 tokens of o200k_base, in 1 row, such as cut; remedy: raise/
        )
        assert.deepStrictEqual(fs.readdirSync(path.join(out, "data")), [])
        assert.isFalse(fs.existsSync(path.join(out, "manifest.json")))

        yield* run(out, { preflight: { maxLength: 64, failOn: "stops training" } })
        assert.isTrue(fs.existsSync(path.join(out, "manifest.json")))
        const other = yield* temporaryFolder
        yield* run(other, { preflight: { failOn: "silently wrong" } }, good)
        const refused = yield* Effect.flip(
          run(other, { preflight: { for: "llamafactory-sharegpt", failOn: "stops training" } }, good)
        )
        assert.match(refused.message, /stops training: the data are not in the format that is to be trained on/)
        // What an earlier run left is still there.
        assert.isAbove(fs.readdirSync(path.join(other, "data")).length, 0)
      })
  )

  it("RowPreflight refuses options that nobody can follow, when the plan is built", () => {
    const check = (preflight: object, columns: Schema.Struct.Fields = fields) =>
      dataset({ preflight: preflight }).check!(columns)
    assert.throws(() => check({ maxLength: 0 }), /found maxLength 0, expected a whole number, 1 or more/)
    assert.throws(() => check({ tokenizer: "mine" }), /found tokenizer "mine", expected one of o200k_base/)
    assert.throws(() => check({ for: "mine" }), /found format "mine", expected one of trl-preference/)
    assert.throws(() => check({}, { id: Schema.String }), /found the columns "id", expected those of preference data/)
    check({})
    // As README.md has it.
    dataset({ to: "llamafactory-sharegpt", preflight: { maxLength: 2048, failOn: "stops training" } }).check!(fields)
  })

  it.effect(
    "RowPreflight counts with the tokenizer of a folder and its chat template, or fails before a file appears",
    () =>
      Effect.gen(function* () {
        const rows = [row("cut", "abc", "abcabca", "abcabcb")]
        const chat_template = tinyTemplate
        const tokenizer = writeTiny({ "tokenizer_config.json": { bos_token: "<s>", chat_template } })
        // As text <s><|u|>abc<|e|><|a|>, then abc abc and the letter that differs: it is the eighth token.
        for (const [maxLength, checks] of [
          [8, ["truncated"]],
          [7, ["sameAfterTruncation", "truncated"]]
        ] as const) {
          const { manifest } = yield* run(yield* temporaryFolder, { preflight: { tokenizer, maxLength } }, rows)
          const found = preflightIn(manifest)
          assert.strictEqual(found.encoding, "tiny with its chat template")
          assert.deepStrictEqual(
            found.findings.map(({ check }) => check),
            [...checks]
          )
        }
        const out = yield* temporaryFolder
        const broken = writeTiny({ "tokenizer.json": "{" })
        const refused = yield* Effect.flip(run(out, { preflight: { tokenizer: broken } }, rows))
        assert.match(refused.message, /no model of a known type in tokenizer\.json, expected a tokenizer\.json/)
        assert.isFalse(fs.existsSync(path.join(out, "data")))
      })
  )

  it.effect("RowPreflight finds nothing in no rows", () =>
    Effect.gen(function* () {
      const out = yield* temporaryFolder
      const { manifest } = yield* run(out, { preflight: true }, [])
      assert.deepInclude(manifest.findings[0]!.finding, { kind: "preflight", rows: 0, findings: [], worst: null })
      assert.include(renderSummary(manifest, "out"), "Preflight nothing found in 0 rows for trl-preference")
    })
  )
})
