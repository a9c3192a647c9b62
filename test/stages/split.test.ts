import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { SplitFinding } from "../../src/cleaners/assignSplits.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { split } from "../../src/stages/split.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = {
  id: Schema.String,
  promptId: Schema.String,
  prompt: Schema.String,
  annotator: Schema.NullOr(Schema.String)
}
type Row = Schema.Struct.Type<typeof fields>

/** A question of forty words that no other shares. */
const question = (i: number) => Array.from({ length: 40 }, (_, k) => `word${i}x${k}`).join(" ")

const rowsOf = (n: number, pairsPerPrompt = 1): ReadonlyArray<Row> =>
  Array.from({ length: n * pairsPerPrompt }, (_, i) => ({
    id: `pair ${i}`,
    promptId: `prompt ${i % n}`,
    prompt: question(i % n),
    annotator: i % 11 === 10 ? null : `annotator ${i % 3}`
  }))

/** Prompts in families of three that differ in one word or in signs; ids of their own. */
const familiesOf = (n: number): ReadonlyArray<Row> =>
  Array.from({ length: 3 * n }, (_, i) => {
    const family = Math.floor(i / 3)
    const prompt = [question(family), `${question(family)}?`, `Please ${question(family)}`][i % 3]!
    return { id: `pair ${i}`, promptId: `prompt ${i}`, prompt, annotator: `annotator ${i % 5}` }
  })

const shuffled = <A>(some: ReadonlyArray<A>): ReadonlyArray<A> => {
  const random = keyedRandom("shuffled")
  return some
    .map((one) => ({ one, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

const shares = { test: 0.3, validation: 0.3 }
stageContract("split", { fields, rows: familiesOf(8), stage: split(shares) })
stageContract("split", { fields, rows: rowsOf(10, 2), stage: split(shares, { nearDuplicates: false }) })
stageContract("split", { fields, rows: rowsOf(4, 9), stage: split(shares, { by: "annotator" }) })

const run = Effect.fnUntraced(function* (
  rows: ReadonlyArray<Row>,
  given: Parameters<typeof split>[0],
  options: {
    readonly by?: "promptId" | "annotator"
    readonly nearDuplicates?: number | false
    readonly seed?: number
  } = {}
) {
  const { seed = 0, ...how } = options
  const { findings, rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(split(given, how)), { seed })
  const finding = findings.get("split") as unknown as SplitFinding
  return { names: made.map((row) => row.split), rows: made, rejects, finding }
})

describe("split", () => {
  it.effect("split gives each split its share of the clusters and train the rest", () =>
    Effect.gen(function* () {
      const n = 3000
      const { finding, names } = yield* run(familiesOf(n), { test: 0.1, validation: 0.25 })
      for (const [name, share] of [
        ["train", 0.65],
        ["test", 0.1],
        ["validation", 0.25]
      ] as const) {
        const count = names.filter((other) => other === name).length
        assert.closeTo(count / (3 * n), share, 4 * Math.sqrt((share * (1 - share)) / n), name)
        const told = finding.splits.find((one) => one.name === name)!
        assert.closeTo(told.asked!, share, 1e-12)
        assert.deepStrictEqual([told.rows, told.prompts, told.clusters], [count, count, count / 3])
      }
      assert.deepStrictEqual([...new Set((yield* run(rowsOf(50), {})).names)], ["train"])
      const all = yield* run(rowsOf(50), { all: 1 })
      assert.deepStrictEqual([...new Set(all.names)], ["all"])
      assert.deepStrictEqual(all.finding.warnings, [])
      assert.notInclude((yield* run(rowsOf(500), { none: 0 })).names, "none")
    })
  )

  it.effect("split keeps all pairs of a prompt together, whatever the seed and the other rows", () =>
    Effect.gen(function* () {
      for (const nearDuplicates of [0.8, false] as const) {
        const rows = rowsOf(100, 5)
        const { names } = yield* run(rows, shares, { nearDuplicates })
        const byPrompt = new Map(rows.map(({ promptId }, i) => [promptId, names[i]!]))
        for (const [i, { promptId }] of rows.entries()) assert.strictEqual(names[i], byPrompt.get(promptId))
        const some = rows.slice(7, 40).toReversed()
        const { names: again } = yield* run(some, shares, { nearDuplicates, seed: 99 })
        assert.deepStrictEqual(
          again,
          some.map(({ promptId }) => byPrompt.get(promptId)!)
        )
        assert.strictEqual(new Set(names).size, 3)
      }
    })
  )

  it.effect("split keeps near duplicates on one side, in whichever order rows come, and tells which crossed", () =>
    Effect.gen(function* () {
      const rows = familiesOf(200)
      const { finding, names } = yield* run(rows, shares)
      for (const [i, name] of names.entries()) assert.strictEqual(name, names[i - (i % 3)])

      // Each by itself, as prompt ids alone would have it.
      const { names: alone } = yield* run(rows, shares, { nearDuplicates: false })
      const families = Array.from({ length: 200 }, (_, f) => [0, 1, 2].map((k) => alone[3 * f + k]!))
      const nCrossing = families.filter((some) => new Set(some).size > 1).length
      assert.isAbove(nCrossing, 100)
      assert.strictEqual(finding.crossing.clusters, nCrossing)
      assert.strictEqual(finding.crossing.rows, 3 * nCrossing)
      assert.strictEqual(finding.crossing.moved, alone.filter((name, i) => name !== names[i]).length)
      assert.strictEqual(finding.crossing.rejected, 0)
      assert.strictEqual(finding.crossing.largest.length, 10)
      for (const { by, example, rows: nRows } of finding.crossing.largest) {
        const at = rows.findIndex(({ prompt }) => prompt.startsWith(example))
        const family = families[Math.floor(at / 3)]!
        assert.strictEqual(nRows, 3)
        for (const [name, count] of Object.entries(by)) {
          assert.strictEqual(family.filter((other) => other === name).length, count)
        }
      }

      const mixed = yield* run(shuffled(rows), shares)
      const byId = new Map(mixed.rows.map((row) => [row.id, row.split]))
      assert.deepStrictEqual(
        rows.map(({ id }) => byId.get(id)!),
        names
      )
      assert.deepStrictEqual(mixed.finding, finding)
    })
  )

  it.effect("split keeps a prompt id on one side also where its texts differ", () =>
    Effect.gen(function* () {
      const rows = rowsOf(100).flatMap((row, i) => [
        row,
        { ...row, id: `${row.id} in other words`, prompt: question(500 + i) }
      ])
      const { finding, names } = yield* run(rows, shares)
      for (const [i, name] of names.entries()) assert.strictEqual(name, names[i - (i % 2)])
      assert.strictEqual(
        finding.splits.reduce((sum, { clusters }) => sum + clusters, 0),
        100
      )
      assert.deepStrictEqual([finding.largest?.rows, finding.largest?.prompts], [2, 2])
    })
  )

  it.effect("split says when one cluster is larger than a split, and when a split stays empty", () =>
    Effect.gen(function* () {
      const copies = Array.from({ length: 60 }, (_, i): Row => ({
        id: `copy ${i}`,
        promptId: `copy ${i}`,
        prompt: `${question(-1)} ${i}`,
        annotator: null
      }))
      const { finding, names } = yield* run([...rowsOf(40), ...copies], { test: 0.2 })
      assert.strictEqual(new Set(names.slice(40)).size, 1)
      assert.deepStrictEqual([finding.largest?.rows, finding.largest?.prompts], [60, 60])
      assert.strictEqual(finding.largest?.split, names[40])
      const message = finding.warnings.find(({ code }) => code === "clusterLargerThanSplit")?.message ?? ""
      assert.match(message, /60 alike prompts has 60 rows, more than the 20 of 100 that split "test" should hold/)

      // One row cannot be parted: its split is empty, and no cluster is to blame.
      for (const test of [0.1, 0.5]) {
        const { finding: tiny } = yield* run(rowsOf(1), { test })
        assert.deepStrictEqual(
          tiny.warnings.map(({ code }) => code),
          ["emptySplit"]
        )
      }
      const { finding: repeated } = yield* run(rowsOf(1, 3), { test: 0.5 })
      assert.match(repeated.warnings[0]!.message, /1 alike prompt has 3 rows, more than the 2 of 3/)
    })
  )

  it.effect("split says how far a split is from the share that was asked for where values are few or uneven", () =>
    Effect.gen(function* () {
      const rows = rowsOf(90).map((row, i) => ({ ...row, annotator: `annotator ${i % 3}` }))
      // Three values: whichever go to the test split, it has some thirds of the rows.
      const seen = new Set<number>()
      for (let draw = 0; draw < 20; draw++) {
        const named = rows.map((row) => ({ ...row, annotator: `${draw} ${row.annotator}` }))
        const { finding, names } = yield* run(named, { test: 0.1 }, { by: "annotator" })
        const got = names.filter((name) => name === "test").length
        seen.add(got)
        assert.include([0, 30, 60, 90], got)
        const off = finding.warnings.find(({ code }) => code === "splitOffShare")
        assert.strictEqual(off !== undefined, got > 0)
        if (off !== undefined) {
          assert.match(off.message, new RegExp(`^Split "test" got ${got} of 90 rows.*values of "annotator" are few`))
        }
        assert.strictEqual(
          finding.warnings.some(({ code }) => code === "emptySplit"),
          got === 0 || got === 90
        )
        const third = yield* run(named, { test: 1 / 3 }, { by: "annotator" })
        const nTest = third.names.filter((name) => name === "test").length
        const isThird = third.finding.warnings.every(({ code }) => code !== "splitOffShare")
        assert.strictEqual(isThird, nTest === 0 || nTest === 30, `${nTest} of 90 rows, asked a third`)
      }
      assert.isAbove(seen.size, 1)

      // Half of the rows are of one value: with it the split has too many, without it too few.
      const uneven = rowsOf(400).map((row, i) => ({ ...row, annotator: i < 200 ? "most" : `annotator ${i % 40}` }))
      const { finding } = yield* run(uneven, { test: 0.4 }, { by: "annotator" })
      assert.include(
        finding.warnings.map(({ code }) => code),
        "splitOffShare"
      )
    })
  )

  it.effect("split does not warn about what chance does to distinct values, whatever rows each has", () =>
    Effect.gen(function* () {
      for (const [nPrompts, perPrompt, test] of [
        [100, 1, 0.1],
        [200, 1, 0.1],
        [400, 1, 0.05],
        [200, 5, 0.1]
      ] as const) {
        const all = rowsOf(nPrompts, perPrompt)
        let nFar = 0
        let nWarned = 0
        for (let draw = 0; draw < 50; draw++) {
          const rows = all.map((row) => ({ ...row, promptId: `${draw} ${row.promptId}` }))
          const { finding, names } = yield* run(rows, { test }, { nearDuplicates: false })
          const wanted = test * rows.length
          if (Math.abs(names.filter((name) => name === "test").length - wanted) > wanted / 3) nFar++
          if (finding.warnings.length > 0) nWarned++
        }
        // Chance alone puts some of these splits far off.
        assert.isAbove(nFar, 1)
        assert.isAtMost(nWarned, 1, `${nPrompts} prompts`)
      }
      const { finding: even } = yield* run(rowsOf(3000), { test: 0.1 })
      assert.deepStrictEqual(even.warnings, [])
    })
  )

  it.effect("split by a column keeps its values together and rejects what would leak", () =>
    Effect.gen(function* () {
      // Every annotator has questions of their own, and each five share one.
      const rows = Array.from({ length: 400 }, (_, i): Row => {
        const annotator = `annotator ${i % 40}`
        const prompt = i < 360 ? question(i) : `${question(1000 + (i % 8))} ${i}`
        return { id: `row ${i}`, promptId: `p ${i}`, prompt, annotator: i % 50 === 49 ? null : annotator }
      })
      const { finding, rejects, rows: made } = yield* run(rows, { test: 0.5 }, { by: "annotator" })
      const splitsOf = Map.groupBy(made, ({ annotator }) => annotator)
      for (const [annotator, some] of splitsOf) {
        assert.isNotNull(annotator)
        assert.strictEqual(new Set(some.map((row) => row.split)).size, 1)
      }
      for (const some of Map.groupBy(
        made.filter(({ id }) => Number(id.slice(4)) >= 360),
        ({ id }) => Number(id.slice(4)) % 8
      ).values()) {
        assert.strictEqual(new Set(some.map((row) => row.split)).size, 1)
      }
      const byReason = Map.groupBy(rejects, ({ reason }) => reason)
      assert.strictEqual(byReason.get("no value to split by")?.length, 8)
      const nLeft = byReason.get("prompt in another split")?.length ?? 0
      assert.isAbove(nLeft, 0)
      assert.strictEqual(made.length + nLeft + 8, rows.length)
      assert.strictEqual(finding.crossing.rejected, nLeft)
      assert.isTrue(finding.warnings.some(({ code }) => code === "promptsCross"))
      const again = yield* run(shuffled(rows), { test: 0.5 }, { by: "annotator" })
      assert.sameDeepMembers(again.rows, made)
    })
  )

  it("split refuses shares that cannot be and takes those that sum to 1 but for rounding", () => {
    for (const given of [{ test: -0.1 }, { test: 1.1 }, { test: 0.6, validation: 0.5 }, { test: Number.NaN }]) {
      assert.throws(() => split(given), /expected shares from 0 that sum to at most 1/)
    }
    const given = { a: 0.4, b: 0.35 + 1e-16, c: 0.25 + 2e-16 }
    assert.isAbove(given.a + given.b + given.c, 1)
    split(given)
    for (const nearDuplicates of [0, 1.1, Number.NaN]) {
      assert.throws(() => split(shares, { nearDuplicates }), /expected above 0 and at most 1, or false/)
    }
  })

  it("split needs the columns it reads and no others", () => {
    const { promptId, prompt } = fields
    pipelineOf([], { promptId }).pipe(split(shares, { nearDuplicates: false }))
    pipelineOf([], { prompt, source: Schema.String }).pipe(split(shares, { by: "source" }))
    // @ts-expect-error no prompt to compare
    assert.throws(() => pipelineOf([], { promptId }).pipe(split(shares)), WiringError, /"prompt" is missing/)
    // @ts-expect-error no such column
    assert.throws(() => pipelineOf([], { prompt }).pipe(split(shares, { by: "source" })), /"source" is missing/)
  })
})
