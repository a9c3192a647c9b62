import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { confidentLearning } from "../../src/cleaners/confidentLearning.ts"
import { dawidSkene } from "../../src/cleaners/dawidSkene.ts"
import { glad } from "../../src/cleaners/glad.ts"
import { orderProbability } from "../../src/cleaners/orderProbability.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { rePoOnline } from "../../src/cleaners/rePoOnline.ts"
import { weakPrior } from "../../src/cleaners/weakPrior.ts"
import type { Estimate, Finding } from "../../src/Findings.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { cleanPairs, type CleanPairsOptions } from "../../src/stages/cleanPairs.ts"
import { treat } from "../../src/stages/treat.ts"
import type { RowOf } from "../../src/Stage.ts"
import { plantLabels } from "../cleaners/plantLabels.ts"
import { plantTexts } from "../cleaners/plantTexts.ts"
import { plantVotes } from "../cleaners/plantVotes.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const text = Schema.String
const number = Schema.NullOr(Schema.Number)
const fields = {
  id: text,
  prompt: text,
  chosen: text,
  rejected: text,
  worker: text,
  gap: number,
  p: number,
  known: Schema.NullOr(Schema.Boolean),
  chosenGivenPrompt: number,
  rejectedGivenPrompt: number,
  ref_chosen_logps: number,
  ref_rejected_logps: number,
  chosenTokens: number,
  rejectedTokens: number,
  plantedCorrect: Schema.NullOr(Schema.Boolean)
}
type Row = RowOf<typeof fields>

/** A label for one of two texts about `item`; `margin` is that of the recorded order, in logits. */
const rowOf = (plan: {
  readonly id: string
  readonly item: string
  readonly worker: string
  readonly margin: number | null
  readonly right: boolean
  readonly firstChosen?: boolean
  readonly known?: boolean | null
  readonly scale?: number
}): Row => {
  const { firstChosen = true, id, item, known = null, margin, right, scale = 1, worker } = plan
  const [chosen, rejected] = firstChosen ? ["one", "other"] : ["other", "one"]
  return {
    id,
    prompt: `prompt ${item}`,
    chosen: `${chosen} answer to ${item}`,
    rejected: `${rejected} answer to ${item}`,
    worker,
    gap: margin === null ? null : scale * margin,
    p: margin === null ? null : sigmoid(margin),
    known,
    chosenGivenPrompt: margin === null ? null : -50 + 2 * margin,
    rejectedGivenPrompt: -60 - 3 * (margin ?? 0),
    ref_chosen_logps: -52 - 2 * (margin ?? 0),
    ref_rejected_logps: -62 + 3 * (margin ?? 0),
    chosenTokens: 20,
    rejectedTokens: 25,
    plantedCorrect: right
  }
}

/** One label a pair by the model of RE-PO; the first `nKnown` rows say whether they are right, or `gold` gave as many more. */
const planted = (plan: {
  readonly reliability: Readonly<Record<string, number>>
  readonly nLabels: number
  readonly nKnown?: number
  readonly nGold?: number
  readonly scale?: number
  readonly seed?: string
}): ReadonlyArray<Row> => {
  const { nGold = 0, nKnown = 0, nLabels, reliability, scale = 1, seed = "planted" } = plan
  const names = Object.keys(reliability)
  const marginSd = 2
  const own = plantLabels({ nLabels, marginSd, reliability: Object.values(reliability), seed })
  const gold = plantLabels({ nLabels: nGold, marginSd, reliability: [1], seed: `${seed} gold` })
  return [
    ...Array.from(own.margin, (margin, i) => {
      const right = own.right[i] === 1
      const worker = names[own.annotator[i]!]!
      const known = i < nKnown ? right : null
      return rowOf({ id: `row ${i}`, item: `${i}`, worker, margin, right, known, scale, firstChosen: i % 2 === 0 })
    }),
    ...Array.from(gold.margin, (margin, i) =>
      rowOf({ id: `gold ${i}`, item: `gold ${i}`, worker: "gold", margin, right: true, scale })
    )
  ]
}

/** All annotators' votes on every pair, each a row. */
const votesAsRows = (votes: ReturnType<typeof plantVotes>, names: ReadonlyArray<string>): ReadonlyArray<Row> =>
  Array.from(votes.item, (i, v) => {
    const side = votes.side[v]!
    const p = votes.pModel[i]!
    return rowOf({
      id: `vote ${v}`,
      item: `${i}`,
      worker: names[votes.annotator[v]!]!,
      margin: side * (Math.log(p) - Math.log1p(-p)),
      right: side === votes.truth[i],
      firstChosen: side === 1
    })
  })

const run = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, options: CleanPairsOptions, batchSize = 512) {
  const stage = cleanPairs(options)
  const result = yield* collect(pipelineOf(rows, fields, batchSize).pipe(stage))
  const finding: Finding | undefined = result.findings.get("cleanPairs")
  return { ...result, finding: finding?.kind === "noise" ? finding : assert.fail("no finding about noise") }
})
type Ran = Effect.Success<ReturnType<typeof run>>

const codesOf = ({ finding }: Ran) => finding.warnings.map(({ code }) => code)
const reliabilityOf = ({ finding }: Ran, id: string) =>
  finding.annotators.find((one) => one.id === id)?.reliability ?? assert.fail(`no reliability of ${id}`)
const aucOf = ({ rows }: Ran) => {
  const judged = rows.filter(({ labelProb }) => labelProb !== null)
  const score = Float64Array.from(judged, ({ labelProb }) => labelProb!)
  return areaUnderRoc(
    score,
    Uint8Array.from(judged, ({ plantedCorrect }) => Number(plantedCorrect === false))
  )
}
const holds = ({ ci95: [lower, upper] }: Estimate, truth: number) => lower <= truth && truth <= upper
/** Half a 95 % interval over 1.96. */
const sdOf = ({ ci95: [lower, upper] }: Estimate) => (upper - lower) / (2 * 1.96)
const wrongShare = (rows: ReadonlyArray<Row>) => {
  const own = rows.filter(({ worker }) => worker !== "gold")
  return own.filter(({ plantedCorrect }) => plantedCorrect === false).length / own.length
}
const byId = <A extends { readonly id: string }>(rows: ReadonlyArray<A>) =>
  rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const gap = { kind: "gap", column: "gap" } as const
const probability = { kind: "probability", column: "p" } as const
const texts = { kind: "texts" } as const
const annotator = "worker"
const reliability = { ada: 0.95, chen: 0.8, dunja: 0.65 }
const crowdNames = ["ada", "bram", "chen", "dunja", "emil"]
const crowdReliability = [0.95, 0.85, 0.8, 0.7, 0.6]
const crowd = plantVotes({ nItems: 600, marginSd: 1, reliability: crowdReliability, seed: "crowd" })
const crowdRows = votesAsRows(crowd, crowdNames)
const few = planted({ reliability, nLabels: 240, nGold: 120 })

const methods: ReadonlyArray<CleanPairsOptions> = [
  { method: "rePo", evidence: gap, trusted: ["gold"] },
  { method: "rePo", evidence: gap, trusted: { column: "known" }, calibration: "isotonic" },
  { method: "rePoOnline", evidence: { kind: "logProb", loss: "dpo", beta: 0.1 } },
  { method: "pooled", evidence: probability, bootstrap: 5 },
  { method: "majority" },
  { method: "dawidSkene", bootstrap: 5 },
  { method: "glad" },
  { method: "confidentLearning", evidence: texts },
  { method: "rePoOnTexts", evidence: texts }
]
// RE-PO on texts is a second of work each time; its own test runs it in another order and without rows.
for (const options of methods.filter(({ method }) => method !== "rePoOnTexts")) {
  const stage = cleanPairs<CleanPairsOptions>({ annotator, ...options })
  stageContract(`cleanPairs by ${options.method!}`, {
    fields,
    rows: [...few.slice(0, 40), ...crowdRows.slice(0, 30)],
    stage
  })
}

describe("cleanPairs", () => {
  for (const trusted of [["gold"], { column: "known" }] as const) {
    const kind = "column" in trusted ? "a column" : "an annotator"
    it.effect(`cleanPairs by RE-PO finds planted reliabilities from gaps of another scale, calibrated on ${kind}`, () =>
      Effect.gen(function* () {
        const known = "column" in trusted ? { nKnown: 1500 } : { nGold: 1500 }
        const rows = planted({ reliability, nLabels: 4500, scale: 3, ...known })
        const found = yield* run(rows, { annotator, evidence: gap, trusted })
        // The Fisher information of one row about log temperature is 0.24 at margins of standard deviation 2.
        assert.closeTo(found.finding.calibration!.temperature / 3, 1, 4 * Math.sqrt(1 / (0.24 * 1500)))
        for (const [id, truth] of Object.entries(reliability)) assert.isTrue(holds(reliabilityOf(found, id), truth), id)
        assert.isTrue(holds(found.finding.noiseRate!, 0.2))
        assert.closeTo(found.finding.plantedNoiseRate!, wrongShare(rows), 1e-12)
        assert.deepStrictEqual(codesOf(found), [])
        assert.strictEqual(found.finding.nLabels, 4500)
        assert.isFalse(found.finding.annotators.some(({ id }) => id === "gold"))
      })
    )
  }

  it.effect(
    "cleanPairs by RE-PO gives the numbers of the formula on the same labels, and its ranking of wrong ones",
    () =>
      Effect.gen(function* () {
        const rows = planted({ reliability, nLabels: 3000 })
        const found = yield* run(rows, { annotator, evidence: probability })
        const names = Object.keys(reliability)
        const input = {
          pModel: Float64Array.from(rows, ({ p }) => p!),
          annotator: Int32Array.from(rows, ({ worker }) => names.indexOf(worker)),
          nAnnotators: 3
        }
        const flat = rePo(input)
        const { labelProb } = rePo(input, { prior: weakPrior(flat) })
        for (const [i, row] of found.rows.entries()) {
          assert.closeTo(row.labelProb!, labelProb[i]!, 1e-8)
          assert.closeTo(row.suspicion!, 1 - labelProb[i]!, 1e-8)
          assert.strictEqual(row.flagged, labelProb[i]! < 0.5)
        }
        for (const [k, name] of names.entries()) {
          const { ci95, estimate } = reliabilityOf(found, name)
          assert.closeTo(estimate, flat.reliability[k]!, 1e-8)
          assert.closeTo(ci95[0], flat.ci95.lower[k]!, 1e-6)
          assert.closeTo(ci95[1], flat.ci95.upper[k]!, 1e-6)
        }
        assert.isAbove(aucOf(found), 0.8)
        assert.strictEqual(found.finding.flagged, found.rows.filter(({ flagged }) => flagged).length)
      })
  )

  it.effect("cleanPairs draws whole pairs for its intervals when asked, which hold the planted truth", () =>
    Effect.gen(function* () {
      const rows = planted({ reliability, nLabels: 1500 })
      const plain = yield* run(rows, { annotator, evidence: probability })
      const drawn = yield* run(rows, { annotator, evidence: probability, bootstrap: 200 })
      for (const [id, truth] of Object.entries(reliability)) {
        const [one, other] = [reliabilityOf(plain, id), reliabilityOf(drawn, id)]
        assert.strictEqual(other.estimate, one.estimate)
        assert.notDeepEqual(other.ci95, one.ci95)
        assert.isTrue(holds(other, truth), id)
        assert.closeTo((other.ci95[1] - other.ci95[0]) / (one.ci95[1] - one.ci95[0]), 1, 0.3)
      }
    })
  )

  it.effect(
    "cleanPairs reads log-probabilities by the loss they were trained with, from the columns named or the usual ones",
    () =>
      Effect.gen(function* () {
        const rows = planted({ reliability, nLabels: 600 })
        const column = (read: (row: Row) => number | null) => Float64Array.from(rows, (row) => read(row)!)
        const own = {
          logpChosen: column((row) => row.chosenGivenPrompt),
          logpRejected: column((row) => row.rejectedGivenPrompt)
        }
        const references = {
          refLogpChosen: column((row) => row.ref_chosen_logps),
          refLogpRejected: column((row) => row.ref_rejected_logps)
        }
        const tokens = {
          nTokChosen: column((row) => row.chosenTokens),
          nTokRejected: column((row) => row.rejectedTokens)
        }
        const cases = [
          [{ loss: "dpo", beta: 0.1 }, orderProbability({ loss: "dpo", beta: 0.1, ...own, ...references })],
          [{ loss: "ipo", beta: 2 }, orderProbability({ loss: "ipo", beta: 2, ...own, ...references })],
          [
            { loss: "simpo", beta: 2, gamma: 0.5 },
            orderProbability({ loss: "simpo", beta: 2, gamma: 0.5, ...own, ...tokens })
          ],
          [
            { loss: "cpo", beta: 0.1, chosen: "ref_chosen_logps", rejected: "ref_rejected_logps" },
            orderProbability({
              loss: "cpo",
              beta: 0.1,
              logpChosen: references.refLogpChosen,
              logpRejected: references.refLogpRejected
            })
          ]
        ] as const
        for (const [loss, pModel] of cases) {
          const found = yield* run(rows, { evidence: { kind: "logProb", ...loss } })
          const input = { pModel, annotator: new Int32Array(600), nAnnotators: 1 }
          const { labelProb } = rePo(input, { prior: weakPrior(rePo(input)) })
          for (const [i, row] of found.rows.entries()) assert.closeTo(row.labelProb!, labelProb[i]!, 1e-6, loss.loss)
          assert.deepStrictEqual(codesOf(found).includes("uncalibrated"), true)
          assert.strictEqual(found.finding.annotators[0]!.id, "recorded")
        }
      })
  )

  it.effect("cleanPairs calibrates saturated log-probabilities back to the planted noise", () =>
    Effect.gen(function* () {
      const rows = planted({ reliability, nLabels: 4500, nGold: 1500 })
      // By these columns D is 10 times the margin; with IPO and beta 0.1 that makes log-odds of 200 times the margin.
      const evidence = { kind: "logProb", loss: "ipo", beta: 0.5 } as const
      const found = yield* run(rows, { annotator, evidence, trusted: ["gold"] })
      assert.closeTo(found.finding.calibration!.temperature / 40, 1, 4 * Math.sqrt(1 / (0.24 * 1500)))
      assert.isTrue(holds(found.finding.noiseRate!, 0.2))
    })
  )

  it.effect("cleanPairs calibrates gaps that are no logits of any scale by a rising function", () =>
    Effect.gen(function* () {
      const rows = planted({ reliability, nLabels: 4500, nGold: 3000 }).map((row) => ({ ...row, gap: row.gap! ** 3 }))
      const options = { annotator, evidence: gap, trusted: ["gold"] } as const
      const rising = yield* run(rows, { ...options, calibration: "isotonic" })
      const tempered = yield* run(rows, options)
      const truth = wrongShare(rows)
      assert.closeTo(rising.finding.noiseRate!.estimate, truth, 0.02)
      // Against the probabilities from the planted p: one temperature cannot bend a cubic gap straight.
      const oracle = yield* run(rows, { ...options, evidence: probability })
      const errorOf = ({ rows: made }: Ran) =>
        made.reduce((sum, row, i) => sum + Math.abs(row.labelProb! - oracle.rows[i]!.labelProb!) / made.length, 0)
      assert.isBelow(errorOf(rising), errorOf(tempered) / 2)
      assert.isNull(rising.finding.calibration)
      assert.notInclude(codesOf(rising), "uncalibrated")
    })
  )

  it.effect("cleanPairs shows the least likely rows with what the evidence and the planted truth say", () =>
    Effect.gen(function* () {
      const { finding, rows } = yield* run(few, { annotator, evidence: gap, trusted: ["gold"] })
      const lowest = rows.toSorted((a, b) => a.labelProb! - b.labelProb!).slice(0, 20)
      assert.deepStrictEqual(
        finding.suspects.map(({ annotator: who, chosen, labelProb, plantedCorrect }) => [
          who,
          chosen,
          labelProb,
          plantedCorrect
        ]),
        lowest.map(({ chosen, labelProb, plantedCorrect, worker }) => [worker, chosen, labelProb, plantedCorrect])
      )
      assert.isTrue(finding.suspects.every(({ pModel }) => pModel < 0.5))
    })
  )

  it.effect("cleanPairs pooled gives the numbers of the formula, and finds more than labels one by one", () =>
    Effect.gen(function* () {
      const found = yield* run(crowdRows, { annotator, method: "pooled", evidence: probability })
      const flat = pooledRePo(crowd)
      const { labelProb } = pooledRePo(crowd, { prior: weakPrior(flat) })
      for (const [v, row] of found.rows.entries()) assert.closeTo(row.labelProb!, labelProb[v]!, 1e-6)
      for (const [k, truth] of crowdReliability.entries()) {
        const one = reliabilityOf(found, crowdNames[k]!)
        assert.closeTo(one.estimate, flat.reliability[k]!, 1e-6)
        assert.isTrue(holds(one, truth), crowdNames[k])
      }
      assert.isTrue(holds(found.finding.noiseRate!, 1 - (0.95 + 0.85 + 0.8 + 0.7 + 0.6) / 5))
      const alone = yield* run(crowdRows, { annotator, evidence: probability })
      assert.isAbove(aucOf(found), aucOf(alone) + 0.05)
    })
  )

  for (const method of ["dawidSkene", "glad"] as const) {
    it.effect(
      `cleanPairs by ${method} gives the probabilities of the formula and drawn intervals that hold the truth`,
      () =>
        Effect.gen(function* () {
          const votes = {
            item: crowd.item,
            annotator: crowd.annotator,
            label: Int8Array.from(crowd.side, (side) => (side === 1 ? 0 : 1)),
            nItems: 600,
            nAnnotators: 5,
            nClasses: 2
          }
          // Sides are dealt by hash, so the class prior is not that of the planted sides: probabilities are close, not equal.
          const { classProb } = (method === "glad" ? glad : dawidSkene)(votes)
          const bootstrap = method === "glad" ? 20 : 200
          const found = yield* run(crowdRows, { annotator, method, bootstrap })
          let difference = 0
          for (const [v, row] of found.rows.entries()) {
            difference +=
              Math.abs(row.labelProb! - classProb[2 * crowd.item[v]! + votes.label[v]!]!) / found.rows.length
          }
          assert.isBelow(difference, method === "glad" ? 1e-3 : 0.02)
          assert.isAbove(aucOf(found), 0.9)
          assert.isTrue(holds(found.finding.noiseRate!, found.finding.plantedNoiseRate!))
          for (const [k, truth] of crowdReliability.entries()) {
            const one = reliabilityOf(found, crowdNames[k]!)
            assert.closeTo(one.estimate, truth, 4 * sdOf(one), crowdNames[k])
            assert.closeTo(sdOf(one), 0.02, 0.015)
          }
          const plain = yield* run(crowdRows, { annotator, method })
          assert.isNull(plain.finding.noiseRate)
          assert.include(codesOf(plain), "noInterval")
        })
    )
  }

  it.effect("cleanPairs by majority gives the share of the labels on a pair, and nothing where there is one", () =>
    Effect.gen(function* () {
      const lone = rowOf({ id: "lone", item: "lone", worker: "ada", margin: 1, right: true })
      const found = yield* run([...crowdRows, lone], { annotator, method: "majority" })
      for (const [v, row] of found.rows.slice(0, -1).entries()) {
        const side = crowd.side[v]!
        const nSame = crowd.side.filter((one, w) => crowd.item[w] === crowd.item[v] && one === side).length
        assert.closeTo(row.labelProb!, nSame / 5, 1e-12)
      }
      assert.isNull(found.rows.at(-1)!.labelProb)
      assert.isFalse(found.rows.at(-1)!.flagged)
      assert.isAbove(aucOf(found), 0.85)
      assert.isNull(found.finding.noiseRate)
    })
  )

  it.effect("cleanPairs by confident learning flags what the formula prunes, and shows no noise rate", () =>
    Effect.gen(function* () {
      const rows = planted({ reliability: { ada: 0.8 }, nLabels: 2000 })
      const found = yield* run(rows, { annotator, method: "confidentLearning", evidence: probability })
      const side = rows.map(({ chosen }) => Number(chosen.startsWith("other")))
      const { pruneByNoiseRate } = confidentLearning({
        label: Int8Array.from(side),
        pModel: Float64Array.from({ length: 4000 }, (_, j) =>
          j % 2 === side[j >> 1] ? rows[j >> 1]!.p! : 1 - rows[j >> 1]!.p!
        ),
        nClasses: 2
      })
      // Sides are dealt by hash here and by turns there: the same rows but for those next to the cut.
      const nOther = found.rows.filter(({ flagged }, i) => flagged !== (pruneByNoiseRate[i] === 1)).length
      assert.isBelow(nOther, 40)
      assert.isAbove(found.finding.flagged, 200)
      assert.isNull(found.finding.noiseRate)
      assert.deepStrictEqual(codesOf(found), ["otherNoise"])
      assert.isAbove(aucOf(found), 0.8)
    })
  )

  it.effect("cleanPairs online passes over labels by the formula, whatever the order of the rows", () =>
    Effect.gen(function* () {
      const rows = planted({ reliability: { ada: 0.7 }, nLabels: 640 })
      const options = { annotator, method: "rePoOnline", evidence: probability, alpha: 0.2 } as const
      const found = yield* run(rows, options)
      assert.deepStrictEqual(byId((yield* run(rows.toReversed(), options, 7)).rows), byId(found.rows))
      const ends = /"ada" at (0\.\d\d)/.exec(
        found.finding.warnings.find(({ code }) => code === "noInterval")!.message
      )![1]
      const inTurn = rePoOnline(
        { pModel: Float64Array.from(rows, ({ p }) => p!), annotator: new Int32Array(640), nAnnotators: 1 },
        { alpha: 0.2 }
      )
      // Another order of the batches moves the average by some of its steps.
      assert.closeTo(Number(ends), inTurn.reliability[0]!, 0.06)
      assert.isNull(found.finding.noiseRate)
      assert.isAbove(aucOf(found), 0.8)
    })
  )

  for (const method of ["rePo", "rePoOnTexts"] as const) {
    it.effect(`cleanPairs by ${method} takes evidence from the texts themselves`, () =>
      Effect.gen(function* () {
        const one = plantTexts({ nPairs: 800, nTrusted: 300, signal: 0.6, reliability: [0.9, 0.7], seed: "texts" })
        const rows = one.texts.map((pair, i): Row => {
          const right = one.side[i] === one.right[i]
          const sides = one.side[i] === 1 ? {} : { chosen: pair.rejected, rejected: pair.chosen }
          const known = one.trusted[i] === 0 ? null : right
          const worker = ["ada", "dunja"][one.annotator[i]!]!
          return { ...rowOf({ id: `row ${i}`, item: "", worker, margin: null, right, known }), ...pair, ...sides }
        })
        const found = yield* run(rows, { annotator, method, evidence: texts, trusted: { column: "known" } })
        assert.isTrue(holds(reliabilityOf(found, "ada"), 0.9))
        assert.isTrue(holds(reliabilityOf(found, "dunja"), 0.7))
        assert.isTrue(holds(found.finding.noiseRate!, 0.2))
        const judged = { ...found, rows: found.rows.filter((row) => row.known === null) }
        assert.isAbove(aucOf(judged), 0.75)
        const other = yield* run(
          rows.toReversed(),
          { annotator, method, evidence: texts, trusted: { column: "known" } },
          7
        )
        assert.deepStrictEqual(byId(other.rows), byId(found.rows))
        assert.deepStrictEqual((yield* run([], { annotator, method, evidence: texts })).rows, [])
        if (method === "rePoOnTexts") {
          const again = rows
            .filter(({ worker }) => worker === "dunja")
            .map((row) => ({ ...row, id: `${row.id} again` }))
          const twice = yield* run([...rows, ...again], {
            annotator,
            method,
            evidence: texts,
            trusted: { column: "known" }
          })
          for (const [i, row] of found.rows.entries()) assert.closeTo(twice.rows[i]!.labelProb!, row.labelProb!, 1e-6)
        }
        for (const row of found.rows) if (row.known !== null) assert.strictEqual(row.labelProb, Number(row.known))
      })
    )
  }

  it.effect("cleanPairs says the same of a row, bit by bit, whatever the order of the rows", () =>
    Effect.gen(function* () {
      const random = keyedRandom("shuffle")
      for (const options of methods.filter(({ method }) => method !== "rePoOnTexts")) {
        const rows = options.evidence === undefined || options.method === "pooled" ? crowdRows.slice(0, 400) : few
        const shuffled = rows.map((row) => ({ row, at: random() })).toSorted((a, b) => a.at - b.at)
        const [found, other] = [
          yield* run(rows, { annotator, ...options }),
          yield* run(
            shuffled.map(({ row }) => row),
            { annotator, ...options },
            7
          )
        ]
        assert.deepStrictEqual(byId(other.rows), byId(found.rows), options.method)
        assert.deepStrictEqual(other.finding, found.finding, options.method)
      }
    })
  )

  it.effect("cleanPairs composes with treat, which turns, drops or weighs what was flagged", () =>
    Effect.gen(function* () {
      const stage = cleanPairs({ annotator, evidence: gap, trusted: ["gold"] })
      const flags = new Map(
        (yield* run(few, { annotator, evidence: gap, trusted: ["gold"] })).rows.map((row) => [row.id, row])
      )
      const flipped = yield* collect(pipelineOf(few, fields).pipe(stage, treat({ treatment: "flip" })))
      assert.isTrue(flipped.rows.some((row) => row.flipped))
      for (const [i, row] of flipped.rows.entries()) {
        assert.strictEqual(row.flipped, flags.get(row.id)!.flagged)
        assert.strictEqual(row.chosen, row.flipped ? few[i]!.rejected : few[i]!.chosen)
      }
      const removed = yield* collect(pipelineOf(few, fields).pipe(stage, treat({ treatment: "remove" })))
      assert.strictEqual(removed.rows.length, [...flags.values()].filter(({ flagged }) => !flagged).length)
      const soft = yield* collect(pipelineOf(few, fields).pipe(stage, treat({ treatment: "softLabel" })))
      for (const row of soft.rows) assert.strictEqual(row.target, flags.get(row.id)!.labelProb)
    })
  )

  it.effect("cleanPairs refuses fits that labels or evidence cannot carry, and leaves their rows alone", () =>
    Effect.gen(function* () {
      const pair = crowdRows.filter(({ worker }) => worker === "ada" || worker === "bram")
      const lone = planted({ reliability, nLabels: 300 })
      const cases: ReadonlyArray<readonly [code: string, rows: ReadonlyArray<Row>, options: CleanPairsOptions]> = [
        ["evidenceFromLabels", lone, { annotator, evidence: gap, evidenceFrom: "sameRows" }],
        ["evidenceFromLabels", lone, { method: "confidentLearning", evidence: probability, evidenceFrom: "sameRows" }],
        ["noEvidence", lone.map((row) => ({ ...row, p: null })), { method: "rePoOnline", evidence: probability }],
        ["noSignal", lone, { annotator, method: "rePo", evidence: texts }],
        ["mirrored", lone, { evidence: gap, evidenceFrom: "otherRows" }],
        ["noEvidence", lone.map((row) => ({ ...row, p: null })), { annotator, evidence: probability }],
        ["oneVote", lone, { annotator, method: "pooled" }],
        ["oneVote", lone, { annotator, method: "dawidSkene" }],
        ["oneVote", lone, { annotator, method: "majority" }],
        ["tooFewOverlaps", pair, { annotator, method: "glad" }]
      ]
      for (const [code, rows, options] of cases) {
        const found = yield* run(rows, options)
        assert.include(codesOf(found), code)
        assert.isNull(found.finding.noiseRate, code)
        assert.isTrue(found.finding.annotators.every((one) => one.reliability === null))
        for (const row of found.rows)
          assert.deepStrictEqual([row.labelProb, row.suspicion, row.flagged], [null, null, false])
      }
    })
  )

  it.effect("cleanPairs refuses judges who err together where only their agreement speaks", () =>
    Effect.gen(function* () {
      const random = keyedRandom("together")
      const wrong = Array.from({ length: 400 }, () => random() < 0.3)
      const rows = wrong.flatMap((isWrong, i) =>
        ["ada", "bram", "chen"].map((worker) => {
          const right = random() < 0.05 ? isWrong : !isWrong
          return rowOf({
            id: `${i} ${worker}`,
            item: `${i}`,
            worker,
            margin: null,
            right,
            firstChosen: right,
            known: i < 100 ? right : null
          })
        })
      )
      const found = yield* run(rows, { annotator, method: "dawidSkene", trusted: { column: "known" } })
      assert.include(codesOf(found), "correlatedJudges")
      assert.isTrue(
        found.rows.every(({ known, labelProb }) => (known === null ? labelProb === null : labelProb === Number(known)))
      )
    })
  )

  it.effect("cleanPairs counts repeats of an annotator on a pair as one opinion", () =>
    Effect.gen(function* () {
      const again = crowdRows
        .filter(({ worker }) => worker === "emil")
        .map((row) => ({ ...row, id: `${row.id} again` }))
      const options = { annotator, method: "pooled" } as const
      const once = yield* run(crowdRows, options)
      const twice = yield* run([...crowdRows, ...again], options)
      for (const [v, row] of once.rows.entries()) assert.closeTo(twice.rows[v]!.labelProb!, row.labelProb!, 1e-6)
    })
  )

  it.effect("cleanPairs leaves out rows that compare a text with itself and says how many have no evidence", () =>
    Effect.gen(function* () {
      const same = { ...few[0]!, id: "same", rejected: few[0]!.chosen }
      const bare = { ...few[1]!, id: "bare", gap: null }
      const found = yield* run([...few, same, bare], { annotator, evidence: gap, trusted: ["gold"] })
      const [last, lost] = [found.rows.at(-1)!, found.rows.at(-2)!]
      assert.isNull(lost.labelProb)
      assert.closeTo(last.labelProb!, reliabilityOf(found, last.worker).estimate, 0.05)
      assert.includeMembers(codesOf(found), ["sameTexts", "missingEvidence"])
    })
  )

  it.effect("cleanPairs stops at a number out of range and names row and column", () =>
    Effect.gen(function* () {
      const evidence = { kind: "logProb", loss: "cpo", beta: 0.1 } as const
      const rows = few.map((row, i) => (i === 7 ? { ...row, chosenGivenPrompt: 3 } : row))
      const failure = yield* Effect.sandbox(run(rows, { evidence })).pipe(Effect.flip)
      assert.match(String(failure), /found 3 in column "chosenGivenPrompt" of row "row 7"/)
    })
  )

  it("cleanPairs refuses methods without their evidence, and options out of range, when it is made", () => {
    assert.throws(() => cleanPairs({}), /method "rePo" without evidence/)
    assert.throws(() => cleanPairs({ method: "confidentLearning" }), /"confidentLearning" without evidence/)
    assert.throws(() => cleanPairs({ method: "rePoOnTexts", evidence: gap }), /expected \{ kind: "texts" \}/)
    assert.throws(() => cleanPairs({ method: "glad", evidence: gap }), /"pooled" reads both/)
    assert.throws(() => cleanPairs({ method: "majority", bootstrap: 100 }), /bootstrap for "majority"/)
    assert.throws(() => cleanPairs({ evidence: gap, bootstrap: 1 }), /bootstrap 1/)
    assert.throws(() => cleanPairs({ evidence: gap, threshold: 2 }), /threshold 2/)
    assert.throws(() => cleanPairs({ evidence: gap, initialReliability: 1 }), /initialReliability 1/)
    assert.throws(() => cleanPairs({ method: "pooled", initialReliability: 0.4 }), /initialReliability 0.4/)
    assert.throws(() => cleanPairs({ method: "rePoOnline", evidence: gap, alpha: 0 }), /alpha 0/)
    assert.throws(() => cleanPairs({ evidence: { kind: "logProb", loss: "dpo", beta: 0 } }), /beta 0/)
  })

  it("cleanPairs refuses a pipeline without the columns of its evidence, at compile time and when it is built", () => {
    const { gap: _, ...without } = fields
    const unchecked = (stage: unknown) => stage as (pipeline: unknown) => unknown
    const pipeline = pipelineOf([], without)
    assert.throws(() => unchecked(cleanPairs({ evidence: gap }))(pipeline), WiringError, /gap/)
    assert.doesNotThrow(() => pipeline.pipe(cleanPairs({ evidence: probability, annotator })))
    assert.throws(() => {
      // @ts-expect-error there is no such column
      pipeline.pipe(cleanPairs({ evidence: gap }))
    })
    assert.throws(() => {
      const dpo = cleanPairs({ evidence: { kind: "logProb", loss: "dpo", beta: 1 } })
      // @ts-expect-error the usual column of TRL is text
      pipelineOf([], { ...without, ref_chosen_logps: text }).pipe(dpo)
    })
    assert.throws(() => {
      // @ts-expect-error nobody said what was flagged
      pipeline.pipe(treat({ treatment: "flip" }))
    })
  })
})
