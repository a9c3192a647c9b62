import { assert, describe, it } from "@effect/vitest"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"
import { type AuditOptions, auditVotes } from "../../src/cleaners/auditVotes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { orderSwap } from "../../src/cleaners/orderSwap.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

interface Plan {
  readonly nPairs: number
  readonly reliability: Readonly<Record<string, number>>
  /** Share of the pairs that each annotator judges; default 1. */
  readonly share?: number
  /** Score gaps are the true margin in logits times this; default no scores. */
  readonly scale?: number
  readonly seed?: number
}

/** Votes whose truth is known: a fair draw from a margin, and annotators who repeat it with their own reliability. */
const planted = ({ nPairs, reliability, scale, seed = 0, share = 1 }: Plan) => {
  const random = keyedRandom("auditVotes test", seed)
  const table = new VoteTable()
  let nLabels = 0
  let nWrong = 0
  for (let i = 0; i < nPairs; i++) {
    const margin = 2 * normal(random)
    const firstIsBetter = random() < sigmoid(margin)
    for (const [annotator, r] of Object.entries(reliability)) {
      const isRight = random() < r
      if (random() >= share) continue
      nLabels++
      if (!isRight) nWrong++
      table.add({
        pairId: `pair ${i}`,
        promptId: `prompt ${i}`,
        firstId: `first ${i}`,
        secondId: `second ${i}`,
        annotator,
        verdict: firstIsBetter === isRight ? "first" : "second",
        scoreFirst: scale === undefined ? null : margin * scale,
        scoreSecond: scale === undefined ? null : 0,
        lengthFirst: 10,
        lengthSecond: 20,
        sidesRecorded: true
      })
    }
  }
  return { columns: table.columns(), noise: nWrong / nLabels }
}

const codes = (plan: Plan, options: AuditOptions = {}) =>
  auditVotes(planted(plan).columns, options).warnings.map(({ code }) => code)

describe("auditVotes", () => {
  it("auditVotes finds the planted noise and reliabilities from votes alone", () => {
    const reliability = { a: 0.95, b: 0.85, c: 0.75, d: 0.65, e: 0.55 }
    for (const seed of [1, 2, 3]) {
      const { columns, noise } = planted({ nPairs: 3000, reliability, share: 0.7, seed })
      const audit = auditVotes(columns)
      assert.isNotNull(audit.noiseRate)
      assert.closeTo(audit.noiseRate.estimate, noise, 0.02)
      for (const [k, name] of columns.annotators.entries()) {
        const planned = reliability[name as keyof typeof reliability]
        assert.closeTo(audit.fit.reliability[k]!, planned, 0.05, name ?? "")
      }
      const flaggedShare = audit.flagged.reduce((n, value) => n + value, 0) / audit.nLabels
      assert.isAbove(flaggedShare, 0.1)
    }
  })

  it("auditVotes gives no number where every pair has one vote and nothing else is known", () => {
    const audit = auditVotes(planted({ nPairs: 500, reliability: { a: 0.8 } }).columns)
    assert.isNull(audit.noiseRate)
    assert.isTrue(audit.labelProb.every(Number.isNaN))
    assert.include(
      audit.warnings.map(({ code }) => code),
      "oneVote"
    )
    assert.isNull(audit.alpha)
  })

  it("auditVotes leaves out scores that nobody calibrated, and says so", () => {
    const plan = { nPairs: 800, reliability: { a: 0.8 }, scale: 3 }
    assert.includeMembers(codes(plan), ["oneVote", "scoresNotUsed"])
  })

  it("auditVotes judges single votes by scores that trusted annotators calibrate, whatever their unit", () => {
    for (const scale of [0.3, 40]) {
      const { columns } = planted({ nPairs: 6000, reliability: { a: 0.8, gold: 1 }, share: 0.6, scale, seed: 4 })
      const audit = auditVotes(columns, { trusted: ["gold"] })
      const a = columns.annotators.indexOf("a")
      assert.closeTo(audit.fit.reliability[a]!, 0.8, 0.03)
      assert.isTrue(audit.fit.ci95.lower[a]! < 0.8 && 0.8 < audit.fit.ci95.upper[a]!)
      assert.isBelow(audit.calibration!.after!.calibrationError, 0.05)
      assert.strictEqual(audit.fit.nLabels[columns.annotators.indexOf("gold")], 0)
    }
  })

  it("auditVotes refuses when the majority misleads by what trusted annotators say", () => {
    const plan = { nPairs: 600, reliability: { a: 0.3, b: 0.35, c: 0.3, gold: 1 } }
    const audit = auditVotes(planted(plan).columns, { trusted: ["gold"] })
    assert.include(
      audit.warnings.map(({ code }) => code),
      "majorityBelowChance"
    )
    assert.isNull(audit.noiseRate)
  })

  it("auditVotes counts cycles beside what honest judges show", () => {
    const table = new VoteTable()
    const edges = [
      ["a", "b"],
      ["b", "c"],
      ["c", "a"],
      ["d", "e"],
      ["e", "f"],
      ["d", "f"]
    ] as const
    for (const [winner, loser] of edges) {
      table.add({
        pairId: `${winner}${loser}`,
        promptId: winner < "d" ? "one" : "two",
        firstId: winner,
        secondId: loser,
        annotator: "w",
        verdict: "first",
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
    const { cycles } = auditVotes(table.columns())
    assert.deepStrictEqual([cycles?.nTriples, cycles?.nCyclic, cycles?.share], [2, 1, 0.5])
    // Honest Bradley-Terry judges, simulated elsewhere: 15 %, 7.2 % and 2.5 % of the triples are cyclic.
    assert.closeTo(cycles!.honest.sd1, 0.15, 0.005)
    assert.closeTo(cycles!.honest.sd2, 0.072, 0.005)
    assert.closeTo(cycles!.honest.sd4, 0.025, 0.005)
  })

  it("auditVotes says the same whatever the order of the votes and the sides", () => {
    const reliability = { a: 0.9, b: 0.8, c: 0.7 }
    const { columns } = planted({ nPairs: 400, reliability })
    const audit = auditVotes(columns)
    const table = new VoteTable()
    for (let v = columns.item.length - 1; v >= 0; v--) {
      table.add({
        pairId: `pair ${columns.item[v]}`,
        promptId: null,
        // The other side first, under names that sort the other way.
        firstId: `z ${columns.second[v]}`,
        secondId: `y ${columns.first[v]}`,
        annotator: columns.annotators[columns.annotator[v]!]!,
        verdict: columns.verdict[v] === 1 ? "second" : "first",
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
    const other = auditVotes(table.columns())
    assert.closeTo(other.noiseRate!.estimate, audit.noiseRate!.estimate, 1e-8)
    assert.closeTo(other.alpha!, audit.alpha!, 1e-12)
    assert.strictEqual(
      other.flagged.reduce((n, value) => n + value, 0),
      audit.flagged.reduce((n, value) => n + value, 0)
    )
  })

  it("auditVotes measures effects of the order as a search over all votes does", () => {
    const random = keyedRandom("auditVotes test", "orders")
    const table = new VoteTable()
    for (let v = 0; v < 4000; v++) {
      const pair = Math.floor(1500 * random())
      const ids = [`one ${pair}`, `two ${pair}`]
      const [firstId, secondId] = random() < 0.3 ? ids.toReversed() : ids
      const draw = random()
      table.add({
        pairId: `vote ${v}`,
        promptId: `prompt ${pair}`,
        firstId: firstId!,
        secondId: v % 97 === 0 ? firstId! : secondId!,
        annotator: random() < 0.5 ? "ada" : "bram",
        verdict: draw < 0.6 ? "first" : draw < 0.9 ? "second" : draw < 0.95 ? "tie" : null,
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
    const { annotator, first, second, verdict, ...columns } = table.columns()
    const readable = Uint32Array.from(verdict.keys()).filter((v) => verdict[v] !== 2 && first[v] !== second[v])
    const expected = orderSwap({
      annotator: Int32Array.from(readable, (v) => annotator[v]!),
      nAnnotators: 2,
      first: Int32Array.from(readable, (v) => first[v]!),
      second: Int32Array.from(readable, (v) => second[v]!),
      verdict: Int8Array.from(readable, (v) => verdict[v]!)
    })
    assert.isAbove(expected[0]!.inconsistency.nCases, 100)
    assert.deepStrictEqual(auditVotes({ annotator, first, second, verdict, ...columns }).orderEffects, expected)
  })
})
