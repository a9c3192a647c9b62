import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { Pair } from "../../schemas/Pair.ts"
import { Prompt } from "../../schemas/Prompt.ts"
import { renderWhy } from "../../src/cli/renderWhy.ts"
import { whyRow } from "../../src/cli/whyRow.ts"
import { execute } from "../../src/execute.ts"
import { formats } from "../../src/formats/formats.ts"
import type { Manifest } from "../../src/Manifest.ts"
import { allPairs } from "../../src/pairings/allPairs.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { into, type Plan, using } from "../../src/Plan.ts"
import { Progress } from "../../src/Progress.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { rounds } from "../../src/rounds.ts"
import type { Run } from "../../src/Run.ts"
import { contentId } from "../../src/Seed.ts"
import { arrow as toArrow } from "../../src/sinks/arrow.ts"
import { dataset, type DatasetOptions } from "../../src/sinks/dataset.ts"
import { jsonl as toJsonl } from "../../src/sinks/jsonl.ts"
import { parquet as toParquet } from "../../src/sinks/parquet.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { memory } from "../../src/sources/memory.ts"
import { filter } from "../../src/stages/filter.ts"
import { generate } from "../../src/stages/generate.ts"
import { judge } from "../../src/stages/judge.ts"
import { merge } from "../../src/stages/merge.ts"
import { pair } from "../../src/stages/pair.ts"
import { pairOfPairs } from "../../src/stages/pairOfPairs.ts"
import { pairStrengths } from "../../src/stages/pairStrengths.ts"
import { split } from "../../src/stages/split.ts"
import { enrich, reshape } from "../../src/Stage.ts"
import { unpaired } from "../../src/stages/unpaired.ts"
import { temporaryFolder } from "../stages/collect.ts"

const prompts = ["forest", "river"].map((thing) => ({
  id: thing,
  domain: null,
  prompt: `Which ${thing} do you like best?`,
  reference: null
}))

/** Answers that begin alike for longer than the provenance keeps texts, and scores from 1 to 4. */
const provider = scripted(({ messages, sampleIndex, task, temperature }) =>
  task.kind === "rate"
    ? JSON.stringify({ score: 1 + Number(/number (\d)/.exec(task.text)![1]) })
    : `${"I have thought about it for a long time. ".repeat(6)}My answer is number ${sampleIndex}. ${Array.from(
        { length: 60 },
        (_, i) => contentId(JSON.stringify([messages, temperature]), sampleIndex, i).slice(0, 7)
      ).join(" ")}`
)

const answered = memory(prompts, Prompt).pipe(generate({ n: 3 }), judge.rate({ annotators: ["scorer"] }))
const pairs = answered.pipe(pair({ rules: [bestWorst()] }), split({ test: 0.5 }))
const labels = answered.pipe(unpaired({ by: "median" }))

const run = (out: string, name: string, plan: Plan<Run>) =>
  execute(plan, {
    name,
    out,
    seed: 0,
    limit: null,
    fresh: false,
    journal: path.join(path.dirname(out), "journal.sqlite"),
    progress: new Progress()
  })

type DataRow = Readonly<Record<string, unknown>>

/** Every row of the data of a run, with its place. */
const rowsOf = Effect.fnUntraced(function* (out: string, { files }: Manifest) {
  const all: Array<{ readonly file: string; readonly number: number; readonly row: DataRow }> = []
  for (const { path: file, rows } of files) {
    if (file === "rejects.parquet" || rows === 0) continue
    const { sample } = yield* inspectFile(path.join(out, file), { rows })
    for (const [i, row] of sample.entries()) all.push({ file, number: i + 1, row })
  }
  return all
})

const why = (out: string, asked: string, nth?: number) =>
  whyRow(out, asked, path.join(path.dirname(out), "journal.sqlite"), nth).pipe(Effect.scoped)

/** What the rows of the pipeline say of themselves, by id. */
const ownRows = Effect.fnUntraced(function* (folder: string, plan: Plan<Run>) {
  const { manifest } = yield* run(path.join(folder, "own"), "own", plan)
  const rows = yield* rowsOf(path.join(folder, "own"), manifest)
  return new Map(rows.map(({ row }) => [String(row["id"]), row]))
})

/** Asks for every row of a run by its place, then by the id that was told, and holds what is told against the pipeline's own rows. */
const checkEveryRow = Effect.fnUntraced(function* (
  out: string,
  manifest: Manifest,
  own: ReadonlyMap<string, DataRow>,
  sides: ReadonlyArray<string>
) {
  const placesOf = new Map<string, Array<{ readonly file: string; readonly number: number }>>()
  let nHeld = 0
  for (const { file, number, row } of yield* rowsOf(out, manifest)) {
    const told = yield* why(out, `${file}:${number}`)
    const [part] = told.parts
    assert.deepStrictEqual(told.missing, [])
    assert.deepStrictEqual(part!.place, { file, number })
    const given = own.get(told.id)
    assert.isDefined(given, `${told.id} of ${file}, row ${number}`)
    placesOf.set(told.id, [...(placesOf.get(told.id) ?? []), { file, number }])
    const text = JSON.stringify(row)
    assert.include(text, String(given["prompt"]))
    assert.strictEqual(part!.prompt, given["prompt"])
    // Whose texts stand in the row, of those the pipeline's row has, and who made them.
    const held = sides.filter((side) => text.includes(String(given[side]).slice(300)))
    nHeld += held.length
    if (held.length > 0) {
      assert.sameMembers(
        part!.sides.map(({ candidate }) => candidate.id),
        held.map((side) => given[`${side}Id`])
      )
    }
    for (const side of held) {
      const one = part!.sides.find(({ candidate }) => candidate.id === given[`${side}Id`])!
      assert.strictEqual(one.text, given[side])
      const calls = part!.calls.filter(({ about }) => about.includes(one.side))
      assert.sameMembers(
        calls.map(({ stage }) => stage),
        ["generate", "judge.rate"]
      )
      assert.isTrue(part!.judgments.some(({ firstId }) => firstId === one.candidate.id))
    }
    if (held.length > 0) assert.strictEqual(part!.ownCost.calls, 2 * held.length)
    assert.include(renderWhy(told), `${file}, row ${number}`)
  }
  for (const [id, places] of placesOf) {
    const told = yield* why(out, id, places.length)
    assert.deepStrictEqual(told.places, places)
    assert.deepStrictEqual(told.parts[0]!.place, places.at(-1))
  }
  // Rows of prompts alone hold no replies.
  assert.strictEqual(nHeld > 0, manifest.pipeline !== "trl-prompt", manifest.pipeline)
  return placesOf
})

/** The formats that can hold what a pipeline makes. */
const formatsFor = (plan: (options: DatasetOptions<{}>) => Plan<Run>): ReadonlyArray<string> =>
  formats.flatMap(({ name }) => {
    try {
      plan({ to: name })
      return [name]
    } catch {
      return []
    }
  })

const pairsInto = (options: DatasetOptions<{}>) => pairs.pipe(into(dataset(options)), using(provider))
const labelsInto = (options: DatasetOptions<{}>) => labels.pipe(into(dataset(options)), using(provider))

describe("whyRow", () => {
  it.effect("whyRow resolves every exported row of pairs, in every format that holds pairs", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const own = yield* ownRows(folder, pairsInto({}))
      const names = formatsFor(pairsInto)
      assert.isAtLeast(names.length, 25)
      for (const to of names) {
        const out = path.join(folder, to)
        const { manifest } = yield* run(out, to, pairsInto({ to }))
        const placesOf = yield* checkEveryRow(out, manifest, own, ["chosen", "rejected"])
        assert.sameMembers([...placesOf.keys()], [...own.keys()], to)
      }
    })
  )

  it.effect("whyRow resolves every exported row of single replies", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const own = yield* ownRows(folder, labelsInto({}))
      const names = formatsFor(labelsInto)
      assert.includeMembers([...names], ["trl-unpaired", "llamafactory-kto", "trl-prompt"])
      for (const to of names) {
        const out = path.join(folder, to)
        const { manifest } = yield* run(out, to, labelsInto({ to }))
        const placesOf = yield* checkEveryRow(out, manifest, own, ["completion"])
        assert.sameMembers([...placesOf.keys()], [...own.keys()], to)
      }
    })
  )

  it.effect("whyRow resolves rows without ids in shards and splits, compressed or not, by every name of a file", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const all = answered.pipe(pair({ rules: [allPairs()] }), split({ test: 0.5 }))
      const planOf = (options: DatasetOptions<{}>) => all.pipe(into(dataset(options)), using(provider))
      const own = yield* ownRows(folder, planOf({}))
      for (const format of ["jsonl", "jsonl.zst", "parquet", "arrow"] as const) {
        const out = path.join(folder, format)
        const { manifest } = yield* run(out, "shards", planOf({ to: "votes", format, shardBytes: 1500 }))
        yield* checkEveryRow(out, manifest, own, ["chosen", "rejected"])
        const train = manifest.files.filter(({ path: file }) => file.startsWith("data/train-"))
        assert.isAtLeast(train.length, 2)
        const last = train.at(-1)!
        const nTrain = train.reduce((sum, { rows }) => sum + rows, 0)
        const copy = path.join(folder, `copy of ${format}`)
        fs.copyFileSync(path.join(out, last.path), copy)
        const told = yield* why(out, `train:${nTrain}`)
        assert.deepStrictEqual(told.parts[0]!.place, { file: last.path, number: last.rows })
        const names = [last.path, path.basename(last.path), path.join(out, last.path), copy]
        for (const name of format === "jsonl" ? names : [copy]) {
          assert.deepStrictEqual(yield* why(out, `${name}:${last.rows}`), told, name)
        }
        assert.deepStrictEqual(yield* why(out, last.path, last.rows), told)
      }
    })
  )

  it.effect("whyRow says what is wrong with a place, and what is missing where data were copied alone or changed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const out = path.join(folder, "out")
      const { manifest } = yield* run(out, "out", pairsInto({ to: "together" }))
      const { path: file, rows } = manifest.files[0]!
      const problem = (place: string, at = out) => Effect.map(Effect.flip(why(at, place)), ({ message }) => message)
      assert.include(
        yield* problem(`${file}:${rows + 1}`),
        `found row ${rows + 1} of "${file}", expected 1 to ${rows}:`
      )
      assert.include(yield* problem(`${file}:0`), `found row 0 of "${file}"`)
      assert.include(yield* problem("valid:1"), 'found no row "valid:1" in the data')
      const { id } = yield* why(out, `${file}:1`)
      const foreign = path.join(folder, "foreign.jsonl")
      fs.writeFileSync(foreign, "{}\n")
      assert.include(yield* problem(`${foreign}:1`), "with other bytes than any file of this run")

      const alone = path.join(folder, "alone")
      fs.cpSync(out, alone, { recursive: true })
      fs.rmSync(path.join(alone, ".prefloom"), { recursive: true })
      for (const asked of [`${file}:1`, id]) {
        const message = yield* problem(asked, alone)
        assert.match(
          message,
          /no ".*alone\/\.prefloom\/rows\/data\/.*\.parquet".*copy the folder "\.prefloom" of the run here/
        )
      }

      const changed = path.join(out, file)
      fs.writeFileSync(changed, fs.readFileSync(changed, "utf8").replace("like", "love"))
      assert.include(yield* problem(`${file}:1`), `found "${file}" changed since the run wrote it`)
      const told = yield* why(out, id)
      assert.include(told.missing[0]!, `whether this is the row: "${file}" changed`)
    })
  )

  it.effect("whyRow finds the row at a place of a file that is no data set, also where rows have no ids", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const own = yield* ownRows(folder, pairsInto({}))
      const first = [...own.values()].toSorted((a, b) => (String(a["prompt"]) < String(b["prompt"]) ? -1 : 1))
      for (const sink of [toJsonl("pairs.jsonl.gz"), toArrow("pairs.arrow"), toParquet("pairs.parquet")]) {
        const out = path.join(folder, sink.name)
        const { manifest } = yield* run(out, sink.name, pairs.pipe(into(sink), using(provider)))
        const told = yield* Effect.forEach([1, 2], (n) => why(out, `${manifest.files[0]!.path}:${n}`))
        assert.sameMembers(
          told.map(({ id }) => id),
          first.map(({ id }) => id)
        )
      }
      const fields = { chosen: Schema.String, rejected: Schema.String }
      const texts = reshape({
        name: "texts",
        needs: fields,
        gives: fields,
        keeps: false,
        row: ({ chosen, rejected }) => [{ chosen, rejected }]
      })
      const out = path.join(folder, "bare")
      yield* run(out, "bare", pairs.pipe(texts, into(dataset()), using(provider)))
      const told = yield* why(out, "train:1")
      const [part] = told.parts
      assert.deepStrictEqual(
        part!.madeBy.map(({ stage }) => stage),
        ["texts", "pair"]
      )
      assert.deepStrictEqual(
        part!.sides.map(({ side, text }) => [side, text]),
        ["chosen", "rejected"].map((side) => [side, part!.row[side]])
      )
      assert.deepStrictEqual(told.missing, [])
      const longer = enrich({
        name: "longer",
        needs: fields,
        gives: { nCharacters: Schema.Int },
        rows: (rows) => rows.map(({ chosen }) => ({ nCharacters: chosen.length }))
      })
      const lost = path.join(folder, "lost")
      yield* run(lost, "lost", pairs.pipe(texts, longer, into(dataset()), using(provider)))
      assert.include((yield* why(lost, "train:1")).missing[0]!, "has no id by which to follow it back")
    })
  )

  it.effect("whyRow tells whose calls are whose where branches of a pipeline share ids", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const branch = (temperature: number) =>
        memory(prompts.slice(0, 1), Prompt).pipe(
          generate({ n: 2, temperature }),
          judge.rate({ annotators: ["scorer"] }),
          reshape({
            name: "best",
            needs: { ...Prompt, ...Candidates },
            gives: { id: Schema.String, reply: Schema.String },
            keeps: false,
            row: ({ candidates, id }) => [{ id, reply: candidates[1]!.text }]
          })
        )
      const out = path.join(folder, "out")
      yield* run(out, "out", branch(0).pipe(merge(branch(1)), into(dataset()), using(provider)))
      for (const nth of [1, 2]) {
        const { missing, parts, places } = yield* why(out, "forest", nth)
        const [part] = parts
        assert.lengthOf(places, 2)
        assert.strictEqual(part!.place.number, nth)
        // Its own answer and rating; those of the other branch's reply are another row's, and two replies went into no row.
        assert.deepStrictEqual(
          part!.calls.filter(({ about }) => about.length > 0).map(({ stage }) => stage),
          nth === 1 ? ["generate", "judge.rate"] : ["generate#2", "judge.rate#2"]
        )
        assert.strictEqual(part!.nCallsOfOthers, 2)
        assert.lengthOf(missing, 2)
        assert.match(missing.join(), /"best" and "best#2" each made a row of the id "forest"; what is told may be of/)
      }
    })
  )

  it.effect("whyRow tells strengths with the pair and its comparisons, and a comparison with both pairs", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const all = answered.pipe(pair({ rules: [allPairs()] }))
      const own = yield* ownRows(folder, all.pipe(into(dataset()), using(provider)))
      const out = path.join(folder, "out")
      const sink = dataset({ derive: { margins: pairStrengths() } })
      const { manifest } = yield* run(out, "out", all.pipe(pairOfPairs({ k: 2 }), into(sink), using(provider)))
      const rows = yield* rowsOf(out, manifest)
      const compared = rows.filter(({ file }) => file.startsWith("data/"))
      for (const { file, number, row } of rows) {
        const { missing, parts } = yield* why(out, `${file}:${number}`)
        assert.deepStrictEqual(missing, [])
        const pairParts = file.startsWith("data/") ? parts.slice(1) : parts
        assert.deepStrictEqual(
          pairParts.map(({ id, role }) => [role, id]),
          file.startsWith("data/")
            ? ["strong", "weak"].map((side) => [side, (row[side] as DataRow)["id"]])
            : [["row", row["id"]]]
        )
        for (const part of pairParts) {
          const given = own.get(part.id)!
          assert.strictEqual(part.prompt, given["prompt"])
          assert.deepStrictEqual(
            part.sides.map(({ candidate, side, text }) => [side, candidate.id, text]),
            ["chosen", "rejected"].map((side) => [side, given[`${side}Id`], given[side]])
          )
          if (part.role === "strong") assert.strictEqual(part.lost["rule"], given["rule"])
          // Two answers and two ratings; no call about the other pair's prompt.
          assert.strictEqual(part.ownCost.calls, 4)
          assert.isTrue(part.calls.every(({ kept }) => JSON.stringify(kept).includes(String(given["prompt"]))))
          assert.deepStrictEqual(part.madeBy.at(-1), { stage: "pair", of: String(given["promptId"]) })
        }
        if (file.startsWith("data/")) continue
        const sides = compared.flatMap((one) =>
          ["strong", "weak"].flatMap((side) =>
            (one.row[side] as DataRow)["id"] === row["id"] ? [[one.row["id"], side]] : []
          )
        )
        assert.deepStrictEqual(
          parts[0]!.comparisons.map(({ id, side }) => [id, side]),
          sides
        )
        assert.strictEqual(row["nCompared"], sides.length)
      }
    })
  )

  it.effect("whyRow tells the calls and what was left out of the round that a row is of alone", () =>
    Effect.gen(function* () {
      const out = path.join(yield* temporaryFolder, "out")
      const train = [process.execPath, "-p", '"second"'] as const
      const inRounds = rounds({
        n: 2,
        model: "first",
        train,
        round: ({ model, round }) =>
          memory(prompts, Prompt).pipe(
            filter({
              needs: { id: Schema.String },
              reason: "seen",
              keep: ({ id }) => round === 1 || id !== "forest"
            }),
            generate({ n: round, models: [model] })
          )
      })
      const { manifest } = yield* run(out, "out", inRounds.pipe(into(dataset()), using(provider)))
      const rows = yield* rowsOf(out, manifest)
      assert.deepStrictEqual(
        rows.map(({ row }) => [row["id"], row["round"]]),
        [
          ["forest", 1],
          ["river", 1],
          ["river", 2]
        ]
      )
      for (const { file, number, row } of rows) {
        const { missing, parts } = yield* why(out, `${file}:${number}`)
        assert.deepStrictEqual(missing, [])
        const [part] = parts
        assert.deepStrictEqual(part!.rejects, [])
        assert.deepStrictEqual(
          part!.calls.map(({ kept, stage }) => [stage, kept!.model]),
          Array.from({ length: Number(row["round"]) }, () => [
            `round ${String(row["round"])}/generate`,
            row["round"] === 1 ? "first" : "second"
          ])
        )
      }
      fs.rmSync(path.join(out, "rounds", "2", "provenance.jsonl"))
      fs.rmSync(path.join(out, ".prefloom", "provenance.jsonl"))
      fs.writeFileSync(path.join(out, ".prefloom", "provenance.jsonl"), "")
      const last = rows.at(-1)!
      const { missing } = yield* why(out, `${last.file}:${last.number}`)
      assert.match(missing.join(), /of a round that an earlier version made/)
    })
  )

  it.effect(
    "whyRow follows a row of a round that goes on with what an earlier one made, and its prompt no further",
    () =>
      Effect.gen(function* () {
        const out = path.join(yield* temporaryFolder, "out")
        const inRounds = rounds({
          n: 3,
          model: "first",
          train: [process.execPath, "-p", '"next"'],
          round: ({ earlier, model, round }) => {
            const fresh = memory(prompts, Prompt).pipe(
              generate({ n: 2, models: [model] }),
              judge.rate({ annotators: ["scorer"] }),
              pair({ rules: [bestWorst()] })
            )
            const again = () =>
              jsonl(earlier.at(-1)!, Pair).pipe(
                filter({ needs: { id: Schema.String }, reason: "none", keep: () => true }),
                // A pair that comes again with the calls of its first round alone.
                reshape({
                  name: "same",
                  needs: Pair,
                  gives: Pair,
                  keeps: false,
                  row: (row) => [{ ...row, rule: `again in ${round}` }]
                })
              )
            return round === 2 ? again() : fresh
          }
        })
        const { manifest } = yield* run(out, "out", inRounds.pipe(into(dataset()), using(provider)))
        const rows = yield* rowsOf(out, manifest)
        assert.deepStrictEqual(
          rows.map(({ row }) => row["round"]),
          [1, 1, 2, 2, 3, 3]
        )
        for (const { file, number, row } of rows) {
          const { missing, parts } = yield* why(out, `${file}:${number}`)
          const made = row["round"] === 3 ? 3 : 1
          const [part] = parts
          assert.deepStrictEqual(missing, [])
          assert.deepStrictEqual(
            new Set(part!.calls.map(({ stage }) => stage)),
            new Set([`round ${made}/generate`, `round ${made}/judge.rate`]),
            `a row of round ${String(row["round"])}`
          )
          assert.strictEqual(part!.judgments.length, 2)
        }
      })
  )

  it.effect("whyRow follows a prompt that no stage made into the round whose rows the next one reads", () =>
    Effect.gen(function* () {
      const out = path.join(yield* temporaryFolder, "out")
      const inRounds = rounds({
        n: 2,
        model: "first",
        train: [process.execPath, "-p", '"second"'],
        round: ({ earlier, model, round }) => {
          const rated = judge.rate({ annotators: ["scorer"] })
          return round === 1
            ? memory(prompts, Prompt).pipe(generate({ n: 2, models: [model] }), rated)
            : jsonl(earlier.at(-1)!, { ...Prompt, ...Candidates }).pipe(rated)
        }
      })
      const { manifest } = yield* run(out, "out", inRounds.pipe(into(dataset()), using(provider)))
      const rows = yield* rowsOf(out, manifest)
      assert.lengthOf(rows, 4)
      const stagesOf = (part: { readonly calls: ReadonlyArray<{ readonly stage: string }> }) => [
        ...new Set(part.calls.map(({ stage }) => stage))
      ]
      const first = ["round 1/generate", "round 1/judge.rate"]
      for (const { file, number, row } of rows) {
        const { missing, parts } = yield* why(out, `${file}:${number}`)
        assert.deepStrictEqual(missing, [])
        assert.deepStrictEqual(stagesOf(parts[0]!), row["round"] === 1 ? first : [...first, "round 2/judge.rate"])
      }
      fs.rmSync(path.join(out, "rounds", "1", "rows.jsonl"))
      const last = rows.at(-1)!
      const { missing, parts } = yield* why(out, `${last.file}:${last.number}`)
      assert.match(missing.join(), /what round 1 made of what round 2 read: no ".*rows\.jsonl"/)
      assert.deepStrictEqual(stagesOf(parts[0]!), ["round 2/judge.rate"])
    })
  )

  it.effect("whyRow tells nothing of another branch, and of rounds the one that wrote a prompt", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const text = { id: Schema.String, text: Schema.String }
      const both = (model: string, first = memory(prompts, Prompt)) => {
        const rated = first.pipe(generate({ n: 2, models: [model] }), judge.rate({ annotators: ["scorer"] }))
        const asPair = reshape({
          name: "asPair",
          needs: { id: Schema.String, chosen: Schema.String },
          gives: text,
          keeps: false,
          row: ({ chosen, id }) => [{ id, text: chosen }]
        })
        const asPrompt = reshape({
          name: "asPrompt",
          needs: { id: Schema.String, prompt: Schema.String },
          gives: text,
          keeps: false,
          row: ({ id, prompt }) => [{ id: `more of ${id}`, text: `More of ${prompt}` }]
        })
        const others = rated.pipe(
          filter({ needs: { id: Schema.String }, reason: "not this one", keep: ({ id }) => !id.endsWith("forest") }),
          judge.rate({ annotators: ["second"] }),
          asPrompt
        )
        return rated.pipe(pair({ rules: [bestWorst()] }), asPair, merge(others))
      }
      const told = Effect.fnUntraced(function* (out: string, plan: Plan<Run>) {
        const { manifest } = yield* run(out, "out", plan)
        const rows = yield* rowsOf(out, manifest)
        return yield* Effect.forEach(rows, ({ file, number, row }) =>
          Effect.map(why(out, `${file}:${number}`), ({ missing, parts }) => ({
            row,
            missing,
            rejects: parts[0]!.rejects.map(({ reason }) => reason),
            stages: [...new Set(parts[0]!.calls.map(({ stage }) => stage))]
          }))
        )
      })
      const ofPairs = ["generate", "judge.rate"]
      const ofPrompts = ["generate#2", "judge.rate#2", "judge.rate#3"]
      const plain = yield* told(path.join(folder, "plain"), both("first").pipe(into(dataset()), using(provider)))
      assert.deepStrictEqual(
        plain.map(({ missing, rejects, stages }) => [missing, rejects, stages]),
        [ofPairs, ofPairs, ofPrompts].map((stages) => [[], [], stages])
      )

      const asQuestion = reshape({
        name: "asQuestion",
        needs: text,
        gives: Prompt,
        keeps: false,
        row: ({ id, text: prompt }) => [{ id, prompt, domain: null, reference: null }]
      })
      const inRounds = rounds({
        n: 2,
        model: "first",
        train: [process.execPath, "-p", '"second"'],
        round: ({ earlier, model, round }) =>
          round === 1 ? both(model) : both(model, jsonl(earlier, text).pipe(asQuestion))
      })
      const again = yield* told(path.join(folder, "again"), inRounds.pipe(into(dataset()), using(provider)))
      const inRound = (round: number, stages: ReadonlyArray<string>) => stages.map((stage) => `round ${round}/${stage}`)
      // Of the pairs of round 2, two answer texts of pairs of round 1, and one the new prompt of the other branch.
      assert.deepStrictEqual(
        again.map(({ missing, rejects, row, stages }) => [row["round"], missing, rejects, stages]),
        [
          [1, [], [], inRound(1, ofPairs)],
          [1, [], [], inRound(1, ofPairs)],
          [1, [], [], inRound(1, ofPrompts)],
          [2, [], [], [...inRound(1, ofPairs), ...inRound(2, ofPairs)]],
          [2, [], [], [...inRound(1, ofPairs), ...inRound(2, ofPairs)]],
          [2, [], [], [...inRound(1, ofPrompts), ...inRound(2, ofPairs)]],
          [2, [], [], [...inRound(1, ofPairs), ...inRound(2, ofPrompts)]],
          [2, [], [], [...inRound(1, ofPairs), ...inRound(2, ofPrompts)]],
          [2, [], [], [...inRound(1, ofPrompts), ...inRound(2, ofPrompts)]]
        ]
      )
    })
  )
})
