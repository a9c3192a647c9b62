import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import { pairProbability } from "../../src/aggregations/pairProbability.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { weakPrior } from "../../src/cleaners/weakPrior.ts"
import type { AnnotatorFinding, Finding } from "../../src/Findings.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { clean, type CleanOptions } from "../../src/stages/clean.ts"
import { generate } from "../../src/stages/generate.ts"
import { judge } from "../../src/stages/judge.ts"
import type { RowOf } from "../../src/Stage.ts"
import { plantLabels } from "../cleaners/plantLabels.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"

for (const method of ["rePo", "pooled"] as const) {
  stageContract("clean", {
    fields: groupFields,
    rows: someGroups(12),
    stage: clean({ method, evidence: ["scorer"], trusted: ["gold"], treatment: "remove" })
  })
}

const fields = { ...promptFields, ...Candidates, ...Judgments }
type Row = RowOf<typeof fields>

const rowOf = (id: string, judgments: ReadonlyArray<Judgment>): Row => ({
  id,
  domain: null,
  prompt: `prompt of ${id}`,
  reference: null,
  candidates: [candidateOf({ id: "a", text: `better of ${id}` }), candidateOf({ id: "b", text: `worse of ${id}` })],
  judgments
})

/**
 * Rows with one label each from the model of RE-PO: the scorer's gap is the margin times `temperature`. With `trusted`, as many
 * rows more on which `gold` told the noise-free order.
 */
const planted = (plan: {
  readonly reliability: Readonly<Record<string, number>>
  readonly nLabels: number
  readonly nTrusted: number
  readonly temperature?: number
  readonly seed?: number
}): ReadonlyArray<Row> => {
  const { nLabels, nTrusted, reliability, seed = 1, temperature = 1 } = plan
  const names = Object.keys(reliability)
  const make = (kind: string, n: number, annotators: ReadonlyArray<string>, reliabilities: ReadonlyArray<number>) => {
    const { annotator, margin, right } = plantLabels({
      nLabels: n,
      marginSd: 2,
      reliability: reliabilities,
      seed: `${kind} ${seed}`
    })
    const random = keyedRandom("planted", kind, seed)
    return Array.from({ length: n }, (_, i) => {
      const gap = margin[i]! * temperature
      const name = annotators[annotator[i]!]!
      const correct = right[i] === 1
      // The recorded order is a before b; half of the rows showed b first.
      const verdict =
        random() < 0.5 ? verdictOf(name, "a", "b", "first", correct) : verdictOf(name, "b", "a", "second", correct)
      return rowOf(`${kind} ${i}`, [
        ratingOf("scorer", "a", 5 + gap / 2),
        ratingOf("scorer", "b", 5 - gap / 2),
        verdict
      ])
    })
  }
  return [...make("row", nLabels, names, Object.values(reliability)), ...make("trusted", nTrusted, ["gold"], [1])]
}

const run = Effect.fnUntraced(function* (
  rows: ReadonlyArray<Row>,
  options: Partial<CleanOptions> = {},
  batchSize = 512
) {
  const pipeline = pipelineOf(rows, fields, batchSize).pipe(
    clean({ evidence: ["scorer"], trusted: ["gold"], ...options })
  )
  const result = yield* collect(pipeline)
  return { ...result, finding: noiseOf(result.findings.get("clean")), labels: result.rows.flatMap((row) => row.labels) }
})

const noiseOf = (finding: Finding | undefined) =>
  finding?.kind === "noise" ? finding : assert.fail("no finding about noise")

const annotatorIn = (finding: ReturnType<typeof noiseOf>, id: string): AnnotatorFinding =>
  finding.annotators.find((annotator) => annotator.id === id) ?? assert.fail(`no annotator ${id}`)

/** Half a 95 % interval over 1.96. */
const sdOf = ({ ci95 }: { readonly ci95: readonly [number, number] }) => (ci95[1] - ci95[0]) / (2 * 1.96)

const warningsOf = (finding: ReturnType<typeof noiseOf>) => finding.warnings.map(({ code }) => code)

/** A small problem, for what does not depend on numbers. */
const few = planted({ reliability: { ada: 0.9, emil: 0.6 }, nLabels: 300, nTrusted: 200 })

const treated = (treatment: NonNullable<CleanOptions["treatment"]>, threshold = 0.5) =>
  run(few, { treatment, threshold })

const turned = (label: Label): Label => ({
  ...label,
  betterId: label.worseId,
  worseId: label.betterId,
  flipped: true
})

/** Verdicts of `ada` on a pair in both orders. */
const both = (first: NonNullable<Judgment["verdict"]>, second: NonNullable<Judgment["verdict"]>) => [
  verdictOf("ada", "a", "b", first),
  verdictOf("ada", "b", "a", second)
]

describe("clean", () => {
  const reliability = { ada: 0.95, chen: 0.8, dunja: 0.65, coin: 0.5 }
  for (const temperature of [1, 0.4]) {
    it.effect(`clean recovers planted reliabilities and the noise rate from gaps of temperature ${temperature}`, () =>
      Effect.gen(function* () {
        const rows = planted({ reliability, nLabels: 4000, nTrusted: 1500, temperature })
        const { finding } = yield* run(rows)
        const { temperature: fitted, eceAfter, nTrusted } = finding.calibration!
        // The Fisher information of one row about log temperature is 0.24 at margins of standard deviation 2.
        assert.closeTo(fitted / temperature, 1, 4 * Math.sqrt(1 / (0.24 * 1500)))
        assert.strictEqual(nTrusted, 1500)
        assert.isBelow(eceAfter, 0.05)
        for (const [id, truth] of Object.entries(reliability)) {
          const annotator = annotatorIn(finding, id)
          assert.strictEqual(annotator.nLabels, 1000)
          assert.closeTo(annotator.reliability!.estimate, truth, 4 * sdOf(annotator.reliability!), id)
          assert.closeTo(sdOf(annotator.reliability!), 0.69 / Math.sqrt(1000), 0.01)
          assert.closeTo(annotator.planted!, truth, 4 * Math.sqrt((truth * (1 - truth)) / 1000), id)
        }
        const noise = 1 - Object.values(reliability).reduce((sum, r) => sum + r, 0) / 4
        assert.closeTo(finding.noiseRate!.estimate, noise, 4 * sdOf(finding.noiseRate!))
        assert.closeTo(finding.plantedNoiseRate!, noise, 4 * Math.sqrt((noise * (1 - noise)) / 4000))
        assert.deepStrictEqual(warningsOf(finding), ["nearHalf"])
        assert.include(finding.warnings[0]!.message, "coin")
      })
    )
  }

  it.live("clean finds the planted reliability of simulated annotators", () =>
    Effect.gen(function* () {
      const personas = { expert: "a", teacher: "b", student: "c", hurried: "d" }
      const annotators = ["ada", "chen", "emil", { name: "gold", share: 0.5 }]
      const pipeline = pipelineOf(somePrompts(64), promptFields).pipe(
        generate({ n: 4, personas }),
        judge.rate({ annotators: ["scorer"] }),
        judge.compare({ annotators }),
        clean({ evidence: ["scorer"], trusted: ["gold"] })
      )
      const { findings } = yield* collect(pipeline, { provider: simulated() })
      const finding = noiseOf(findings.get("clean"))
      for (const id of ["ada", "chen", "emil"]) {
        const annotator = annotatorIn(finding, id)
        assert.isAbove(annotator.nLabels, 300)
        assert.closeTo(annotator.reliability!.estimate, annotator.planted!, 4 * sdOf(annotator.reliability!), id)
      }
      assert.closeTo(finding.noiseRate!.estimate, finding.plantedNoiseRate!, 4 * sdOf(finding.noiseRate!))
    })
  )

  it.effect("clean gives each label a calibrated gap and the posterior of a fit with a weak prior", () =>
    Effect.gen(function* () {
      const { finding, labels, rows } = yield* run(few)
      assert.strictEqual(labels.length, 300)
      const names = ["ada", "emil"]
      const input = {
        pModel: Float64Array.from(labels, ({ pModel }) => pModel),
        annotator: Int32Array.from(labels, ({ annotator }) => names.indexOf(annotator)),
        nAnnotators: 2
      }
      const flat = rePo(input)
      const second = rePo(input, { prior: weakPrior(flat) })
      const temperatures = new Set<string>()
      for (const [i, row] of rows.slice(0, 300).entries()) {
        const { betterId, flipped, labelProb, pModel, worseId } = row.labels[0]!
        const [a, b] = few[i]!.judgments.map(({ score }) => score)
        assert.deepStrictEqual([betterId, worseId, flipped], ["a", "b", false])
        temperatures.add(((a! - b!) / Math.log(pModel / (1 - pModel))).toFixed(6))
        assert.closeTo(labelProb, second.labelProb[i]!, 1e-9)
      }
      for (const [k, name] of names.entries()) {
        assert.closeTo(annotatorIn(finding, name).reliability!.estimate, flat.reliability[k]!, 1e-8)
      }
      // One temperature for each of five folds, about the one that is reported.
      assert.strictEqual(temperatures.size, 5)
      const mean = [...temperatures].reduce((total, temperature) => total + Number(temperature) / 5, 0)
      assert.closeTo(mean, finding.calibration!.temperature, 1e-5)
      assert.isTrue(rows.slice(300).every((row) => row.labels.length === 0))
    })
  )

  it.effect("clean judges a trusted row's labels by a temperature that is fitted without the row", () =>
    Effect.gen(function* () {
      // The verdicts of one row are turned round: its own label may not notice, those of other folds may.
      const mixed = few
        .slice(300)
        .map((row) => ({ ...row, judgments: [...row.judgments, verdictOf("ada", "a", "b", "first")] }))
      const turnedRow = mixed.map((row, i) => ({
        ...row,
        judgments: row.judgments.map((judgment) =>
          i === 0 && judgment.annotator === "gold"
            ? { ...judgment, firstId: judgment.secondId!, secondId: judgment.firstId }
            : judgment
        )
      }))
      const before = yield* run(mixed)
      const after = yield* run(turnedRow)
      const changed = before.labels.filter(({ pModel }, i) => Math.abs(pModel - after.labels[i]!.pModel) > 1e-9)
      assert.strictEqual(before.labels[0]!.pModel, after.labels[0]!.pModel)
      assert.isAbove(changed.length, 100)
    })
  )

  it.effect("clean says why it could not calibrate", () =>
    Effect.gen(function* () {
      const reason = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, trusted = ["gold"]) {
        const { finding } = yield* run(rows, { trusted })
        assert.isNull(finding.calibration)
        return finding.warnings.find(({ code }) => code === "uncalibrated")!.message
      })
      const labels = few.slice(0, 300)
      const known = few.slice(300)
      const rate = (row: Row, a: number, b: number) => ({
        ...row,
        judgments: [ratingOf("scorer", "a", a), ratingOf("scorer", "b", b), row.judgments[2]!]
      })
      const isRight = ({ judgments }: Row) => judgments[0]!.score! > judgments[1]!.score!
      assert.match(yield* reason(labels, []), /^No trusted annotator was named\. No temperature/)
      assert.match(yield* reason(labels), /^Found 0 rated verdicts by gold.*fewTrusted/)
      assert.match(yield* reason([...labels, ...known.filter(isRight)]), /never wrong.*separable/)
      assert.match(yield* reason([...labels, ...known.map((row) => rate(row, 1, 2))]), /wrong way.*notPredictive/)
      assert.match(yield* reason([...labels, ...known.map((row) => rate(row, 2, 2))]), /no rating differs.*noEvidence/)
    })
  )

  it.effect("clean warns that nothing was calibrated without trusted annotators, and takes the gaps as they are", () =>
    Effect.gen(function* () {
      const rows = few.slice(0, 300)
      const { finding, labels } = yield* run(rows, { trusted: [] })
      assert.strictEqual(warningsOf(finding)[0], "uncalibrated")
      assert.isNull(finding.calibration)
      const [a, b] = rows[0]!.judgments.map(({ score }) => score)
      assert.closeTo(labels[0]!.pModel, sigmoid(a! - b!), 1e-12)
      assert.isNotNull(finding.noiseRate)
      const all = yield* run(few)
      assert.notInclude(warningsOf(all.finding), "uncalibrated")
    })
  )

  it.effect("clean refuses numbers where the evidence says nothing", () =>
    Effect.gen(function* () {
      const silent = few.map((row) => ({
        ...row,
        judgments: row.judgments.filter(({ secondId }) => secondId !== null)
      }))
      const { finding, labels } = yield* run(silent)
      assert.isNull(finding.noiseRate)
      assert.isTrue(finding.annotators.every((annotator) => annotator.reliability === null))
      assert.sameMembers(warningsOf(finding), ["uncalibrated", "noEvidence", "missingEvidence"])
      assert.isTrue(labels.every(({ labelProb, pModel }) => pModel === 0.5 && labelProb >= 0.5))
      assert.strictEqual(finding.nLabels, 300)
      const nothing = yield* run(silent.map((row) => ({ ...row, judgments: [] })))
      assert.deepStrictEqual(
        [
          nothing.finding.noiseRate,
          nothing.finding.annotators,
          nothing.finding.plantedNoiseRate,
          nothing.finding.nLabels
        ],
        [null, [], null, 0]
      )
    })
  )

  it.effect("clean counts labels without a rating as even odds and warns how many there are", () =>
    Effect.gen(function* () {
      const rows = few.map((row, i) => {
        const verdict = row.judgments[2]!
        if (i % 10 === 0) return { ...row, judgments: [verdict] }
        return i % 10 === 1 ? { ...row, judgments: [row.judgments[0]!, ratingOf("scorer", "b", null), verdict] } : row
      })
      const { finding, labels } = yield* run(rows)
      const warning = finding.warnings.find(({ code }) => code === "missingEvidence")
      assert.match(warning!.message, /^60 of 300 labels .* by scorer;/)
      assert.strictEqual(labels.filter(({ pModel }) => pModel === 0.5).length, 60)
    })
  )

  it.effect("clean weighs every label by its probability unless told otherwise", () =>
    Effect.gen(function* () {
      const { finding, labels } = yield* run(few)
      assert.strictEqual(finding.treatment, "weight")
      for (const { flagged, flipped, labelProb, weight } of labels) {
        assert.deepStrictEqual([weight, flipped, flagged], [labelProb, false, labelProb < 0.5])
      }
      assert.strictEqual(finding.flagged, labels.filter(({ flagged }) => flagged).length)
      assert.isAbove(finding.flagged, 20)
    })
  )

  it.effect("clean keeps, flips or removes flagged labels and leaves the others as they are", () =>
    Effect.gen(function* () {
      const kept = yield* treated("keep")
      const flipped = yield* treated("flip")
      const removed = yield* treated("remove")
      assert.isTrue(kept.labels.every((label) => label.weight === 1 && !label.flipped))
      assert.deepStrictEqual(
        flipped.labels,
        kept.labels.map((label) => (label.flagged ? turned(label) : label))
      )
      assert.deepStrictEqual(
        removed.labels,
        kept.labels.filter((label) => !label.flagged)
      )
      const nFlagged = kept.labels.filter(({ flagged }) => flagged).length
      assert.deepStrictEqual(
        [kept, flipped, removed].map(({ finding }) => finding.flagged),
        [nFlagged, nFlagged, nFlagged]
      )
      assert.strictEqual(removed.rows.length, few.length)
    })
  )

  it.effect("clean puts removed labels among the rejects with the evidence", () =>
    Effect.gen(function* () {
      const kept = yield* treated("keep")
      const removed = yield* treated("remove")
      const expected = kept.rows.flatMap((row) =>
        row.labels.filter(({ flagged }) => flagged).map((label) => ({ id: row.id, label }))
      )
      assert.isAbove(expected.length, 20)
      assert.deepStrictEqual(
        removed.rejects.map(({ detail, id, reason, stage }) => [stage, id, reason, JSON.parse(detail) as unknown]),
        expected.map(({ id, label }) => ["clean", id, "suspect label", label])
      )
      assert.deepStrictEqual(kept.rejects, [])
    })
  )

  it.effect("clean flags below its threshold and nowhere else", () =>
    Effect.gen(function* () {
      for (const threshold of [0, 0.3, 0.9, 1]) {
        const { finding, labels } = yield* treated("keep", threshold)
        assert.isTrue(labels.every(({ flagged, labelProb }) => flagged === labelProb < threshold))
        assert.strictEqual(finding.flagged, labels.filter(({ flagged }) => flagged).length)
      }
      const lowest = Math.min(...(yield* treated("keep")).labels.map(({ labelProb }) => labelProb))
      const none = yield* treated("keep", lowest)
      assert.deepStrictEqual([none.finding.flagged, none.labels.filter(({ flagged }) => flagged)], [0, []])
      assert.throws(() => clean({ evidence: ["scorer"], threshold: 1.1 }), /threshold 1.1/)
      assert.throws(() => clean({ evidence: ["scorer"], initialReliability: 1 }), /initialReliability 1/)
    })
  )

  it.effect("clean shows the labels that are least likely right as suspects, lowest first, with their texts", () =>
    Effect.gen(function* () {
      const { finding, labels, rows } = yield* treated("flip")
      const lowest = labels.map(({ labelProb }) => labelProb).toSorted((a, b) => a - b)
      assert.deepStrictEqual(
        finding.suspects.map(({ labelProb }) => labelProb),
        lowest.slice(0, 20)
      )
      for (const suspect of finding.suspects) {
        const row = rows.find(({ prompt }) => prompt === suspect.prompt)!
        const { annotator, labelProb, pModel } = row.labels[0]!
        assert.deepStrictEqual(suspect, {
          prompt: row.prompt,
          chosen: `better of ${row.id}`,
          rejected: `worse of ${row.id}`,
          annotator,
          labelProb,
          pModel,
          plantedCorrect: row.judgments[2]!.plantedCorrect
        })
      }
    })
  )

  it.effect("clean changes nothing but order and rounding when rows come in another order or other batches", () =>
    Effect.gen(function* () {
      const first = yield* run(few)
      const reversed = yield* run(few.toReversed(), {}, 7)
      const byRow = (rows: typeof first.rows) =>
        rows.map(({ id, labels }) => [id, labels] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))
      for (const [i, [id, labels]] of byRow(reversed.rows).entries()) {
        const [expectedId, expected] = byRow(first.rows)[i]!
        assert.strictEqual(id, expectedId)
        for (const [k, label] of labels.entries()) {
          assert.closeTo(label.labelProb, expected[k]!.labelProb, 1e-9)
          assert.closeTo(label.pModel, expected[k]!.pModel, 1e-9)
        }
      }
      for (const { id, nLabels, reliability: estimate } of first.finding.annotators) {
        const again = annotatorIn(reversed.finding, id)
        assert.strictEqual(again.nLabels, nLabels)
        assert.closeTo(again.reliability!.estimate, estimate!.estimate, 1e-9)
      }
      assert.deepStrictEqual(reversed.finding.labelProb, first.finding.labelProb)
      assert.closeTo(reversed.finding.noiseRate!.estimate, first.finding.noiseRate!.estimate, 1e-9)
    })
  )

  it.effect("clean leaves the comparisons of evidence and trusted annotators alone", () =>
    Effect.gen(function* () {
      const rows = few.map((row) => ({ ...row, judgments: [...row.judgments, verdictOf("scorer", "a", "b", "first")] }))
      const { finding, labels } = yield* run(rows)
      assert.sameMembers([...new Set(labels.map(({ annotator }) => annotator))], ["ada", "emil"])
      assert.sameMembers(
        finding.annotators.map(({ id }) => id),
        ["ada", "emil"]
      )
      assert.deepStrictEqual(labels, (yield* run(few)).labels)
    })
  )

  it.effect("clean reads one axis, of comparisons and of ratings", () =>
    Effect.gen(function* () {
      const style = (judgments: ReadonlyArray<Judgment>) =>
        judgments.map((judgment) => ({ ...judgment, axis: "style" }))
      const rows = few.map((row) => ({
        ...row,
        judgments: [
          ...row.judgments,
          ...style([ratingOf("scorer", "a", 1), ratingOf("scorer", "b", 9), verdictOf("ada", "b", "a", "first")])
        ]
      }))
      assert.deepStrictEqual((yield* run(rows)).labels, (yield* run(few)).labels)
      const onStyle = yield* run(rows, { axis: "style", trusted: [] })
      assert.strictEqual(onStyle.labels.length, rows.length)
      assert.isTrue(onStyle.labels.every(({ betterId, pModel }) => betterId === "b" && pModel === sigmoid(8)))
    })
  )

  it.effect("clean takes the mean of several evidence annotators and of their ratings", () =>
    Effect.gen(function* () {
      const judgments = [
        ratingOf("one", "a", 4),
        ratingOf("two", "a", 8),
        ratingOf("other", "a", 1),
        ratingOf("one", "b", 5),
        verdictOf("ada", "a", "b", "first")
      ]
      const { labels } = yield* run([rowOf("r", judgments)], { evidence: ["one", "two"], trusted: [] })
      assert.closeTo(labels[0]!.pModel, sigmoid(1), 1e-12)
    })
  )

  it.effect("clean counts ties and unreadable answers, the side shown first and the agreement of both orders", () =>
    Effect.gen(function* () {
      const rows = [
        rowOf("agree", both("first", "second")),
        rowOf("agree too", both("second", "first")),
        rowOf("biased", both("first", "first")),
        rowOf("tied", both("tie", "first")),
        rowOf("unread", both("invalid", "refused")),
        rowOf("rated", [ratingOf("ada", "a", 3)])
      ]
      const { finding, labels } = yield* run(rows, { trusted: [] })
      const { firstShare, invalid, nLabels, orderAgreement, ties } = annotatorIn(finding, "ada")
      assert.deepStrictEqual(
        { firstShare, invalid, nLabels, orderAgreement, ties },
        { firstShare: 5 / 7, invalid: 2, nLabels: 7, orderAgreement: 2 / 3, ties: 1 }
      )
      assert.strictEqual(labels.length, 7)
    })
  )

  it.effect("clean knows no planted noise rate where no truth was planted", () =>
    Effect.gen(function* () {
      const rows = few.map((row) => ({
        ...row,
        judgments: row.judgments.map((judgment) => ({ ...judgment, plantedCorrect: null }))
      }))
      const { finding } = yield* run(rows)
      assert.isNull(finding.plantedNoiseRate)
      assert.isTrue(finding.annotators.every((annotator) => annotator.planted === null))
    })
  )

  /** Prompts whose two candidates five annotators compare, of whom each is right as often as told. */
  const pooledRows = (skill: number, options: { readonly rated: boolean; readonly nTrusted: number }) =>
    Array.from({ length: 300 }, (_, i) => {
      const random = keyedRandom("pooledRows", i)
      const gap = 8 * random() - 4
      const aIsBetter = random() < sigmoid(gap)
      const votes = ["ada", "bram", "chen", "dunja", "emil"].map((name) => {
        const isCorrect = random() < skill
        return verdictOf(name, "a", "b", aIsBetter === isCorrect ? "first" : "second", isCorrect)
      })
      const ratings = [ratingOf("scorer", "a", 5 + gap / 2), ratingOf("scorer", "b", 5 - gap / 2)]
      const gold = verdictOf("gold", "a", "b", aIsBetter ? "first" : "second")
      const judgments = [...(options.rated ? ratings : []), ...(i < options.nTrusted ? [gold] : []), ...votes]
      return { ...rowOf(`row ${i}`, judgments), aIsBetter }
    })

  it.effect("clean pools the labels on two candidates into one truth when told so, and names the method", () =>
    Effect.gen(function* () {
      const rows = pooledRows(0.75, { rated: true, nTrusted: 200 })
      const pooled = yield* run(rows, { method: "pooled" })
      const alone = yield* run(rows)
      assert.match(pooled.finding.method, /^pooled/)
      assert.notMatch(alone.finding.method, /pooled/)
      assert.deepStrictEqual([pooled.labels.length, alone.labels.length], [300, 1500])
      assert.deepStrictEqual([pooled.finding.nLabels, alone.finding.nLabels], [1500, 1500])
      let brier = 0
      let certainty = 0
      for (const [i, row] of rows.entries()) {
        const { betterId, labelProb, pModel, worseId, annotator } = pooled.labels[i]!
        const votes = row.judgments.filter(({ annotator: name }) => !["scorer", "gold"].includes(name))
        const forA = votes.filter(({ verdict }) => verdict === "first").map(({ annotator: name }) => name)
        const forB = votes.filter(({ verdict }) => verdict === "second").map(({ annotator: name }) => name)
        const majority = forA.length > forB.length ? forA : forB
        assert.deepStrictEqual([betterId, worseId], forA.length > forB.length ? ["a", "b"] : ["b", "a"])
        assert.strictEqual(annotator, majority.join(", "))
        // Bayes' rule by hand; the prior of the fit behind it makes it a little less sure.
        const oddsOf = (name: string) => {
          const r = annotatorIn(pooled.finding, name).reliability!.estimate
          return (r / (1 - r)) ** (majority.includes(name) ? 1 : -1)
        }
        const odds = [...forA, ...forB].reduce((product, name) => product * oddsOf(name), pModel / (1 - pModel))
        assert.closeTo(labelProb, odds / (1 + odds), 0.02)
        // What comes of it downstream is the posterior itself, however many votes there were.
        assert.closeTo(pairProbability(pooled.rows[i]!.labels, betterId, worseId).probability!, labelProb, 1e-6)
        brier += (labelProb - Number(row.aIsBetter === (betterId === "a"))) ** 2 / 300
        certainty += (labelProb * (1 - labelProb)) / 300
      }
      assert.closeTo(brier, certainty, 0.03)
      const estimate = pooled.finding.noiseRate!
      assert.closeTo(estimate.estimate, pooled.finding.plantedNoiseRate!, 4 * sdOf(estimate))
      assert.deepStrictEqual(warningsOf(pooled.finding), [])
    })
  )

  it.effect("clean shows no number and flags nothing where the majority misleads or nobody overlaps", () =>
    Effect.gen(function* () {
      const misled = yield* run(pooledRows(0.3, { rated: true, nTrusted: 200 }), { method: "pooled" })
      assert.include(warningsOf(misled.finding), "majorityBelowChance")
      const single = pooledRows(0.8, { rated: false, nTrusted: 0 }).map((row) => ({
        ...row,
        judgments: row.judgments.slice(0, 1)
      }))
      const alone = yield* run(single, { method: "pooled", trusted: [] })
      assert.include(warningsOf(alone.finding), "oneVote")
      for (const { finding, labels } of [misled, alone]) {
        assert.isNull(finding.noiseRate)
        assert.isTrue(finding.annotators.every(({ reliability: estimate }) => estimate === null))
        assert.deepStrictEqual([finding.flagged, labels.filter(({ flagged }) => flagged)], [0, []])
      }
      assert.isTrue(alone.labels.every(({ labelProb }) => Math.abs(labelProb - 0.9) < 1e-12))
      assert.throws(() => clean({ evidence: [], method: "pooled", initialReliability: 0.5 }), /initialReliability 0.5/)
    })
  )
})
