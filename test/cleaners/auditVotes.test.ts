import { assert, describe, it } from "@effect/vitest"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"
import { type AuditOptions, auditVotes } from "../../src/cleaners/auditVotes.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
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

  it("auditVotes counts errors on settled pairs when the majority misleads, and refuses where they are few", () => {
    const reliability = { a: 0.3, b: 0.35, c: 0.3 }
    const { columns } = planted({ nPairs: 600, reliability: { ...reliability, gold: 1 } })
    const audit = auditVotes(columns, { trusted: ["gold"] })
    const found = (of: typeof audit) => of.warnings.map(({ code }) => code)
    assert.include(found(audit), "majorityBelowChance")
    assert.strictEqual(audit.method, "counting against known answers")
    assert.closeTo(audit.noiseRate!.estimate, 1 - (0.3 + 0.35 + 0.3) / 3, 0.04)

    const gold = columns.annotators.indexOf("gold")
    const few = columns.side.map((side, v) => (columns.annotator[v] === gold && columns.item[v]! >= 29 ? 0 : side))
    const refused = auditVotes({ ...columns, side: few }, { trusted: ["gold"] })
    assert.include(found(refused), "majorityBelowChance")
    assert.isNull(refused.noiseRate)
    assert.isTrue(refused.labelProb.every(Number.isNaN))
  })

  /** Two camps of judges, each of which copies a judge of its own with a probability of 0.8; all are right with 0.7. */
  const copying = ({ nGold = 0, nJudges = 12, nPairs = 800 } = {}) => {
    const random = keyedRandom("auditVotes test", "copying", nGold)
    const table = new VoteTable()
    for (let i = 0; i < nPairs; i++) {
      const shared = [random() < 0.7, random() < 0.7]
      for (let k = 0; k < nJudges; k++) {
        const isRight = random() < 0.8 ? shared[k % 2]! : random() < 0.7
        table.add({
          pairId: `pair ${i}`,
          promptId: null,
          firstId: `right ${i}`,
          secondId: `wrong ${i}`,
          annotator: `judge ${k}`,
          family: k % 2 === 0 ? "even" : "odd",
          ...(i < nGold ? { truth: "first" as const } : {}),
          verdict: isRight ? "first" : "second",
          scoreFirst: null,
          scoreSecond: null,
          lengthFirst: null,
          lengthSecond: null,
          sidesRecorded: true
        })
      }
    }
    return table.columns()
  }

  it("auditVotes gives no number for judges who err together, in camps, unless answers are known to count errors on", () => {
    const refused = auditVotes(copying())
    const warning = refused.warnings.find(({ code }) => code === "correlatedJudges")
    assert.match(warning!.message, /^The 12 judges err together .* 30 at least/)
    assert.isNull(refused.noiseRate)
    assert.isTrue(refused.labelProb.every(Number.isNaN))

    const counted = auditVotes(copying({ nGold: 200 }))
    assert.strictEqual(counted.method, "counting against known answers")
    const { estimate, lower, upper } = counted.noiseRate!
    assert.closeTo(estimate, 0.3, 0.08)
    assert.isBelow(lower, 0.3)
    assert.isAbove(upper, 0.3)
    // 2,400 votes that vary like some 400 of independent judges.
    assert.isAbove(upper - lower, 0.07)
    const known = counted.labelProb.filter((p) => !Number.isNaN(p))
    assert.strictEqual(known.length, 200 * 12)
    assert.isTrue(known.every((p) => p === 0 || p === 1))
    assert.isTrue(counted.warnings.some(({ message }) => message.startsWith('The 6 judges of family "even" err')))
  })

  it("auditVotes leaves pairs whose known answers contradict each other out of the count, and says so", () => {
    const columns = copying({ nGold: 200 })
    const code = "truthContradicts"
    assert.isFalse(auditVotes(columns).warnings.some((warning) => warning.code === code))
    const truth = columns.truth.map((side, i) => (i < 150 ? 0 : side))
    const torn = auditVotes({ ...columns, truth, nContradicted: 150 })
    assert.match(
      torn.warnings.find((warning) => warning.code === code)!.message,
      /^150 of 200 pairs with known answers/
    )
    assert.strictEqual(torn.labelProb.filter((p) => !Number.isNaN(p)).length, 50 * 12)
  })

  it("auditVotes gives no number whose interval is the whole range, and says so", () => {
    const reliability = { a: 0.5, b: 0.5, c: 0.5 }
    const audits = Array.from({ length: 60 }, (_, seed) =>
      auditVotes(planted({ nPairs: 20, reliability, seed }).columns)
    )
    const isOpen = ({ warnings }: ReturnType<typeof auditVotes>) => warnings.some(({ code }) => code === "openInterval")
    assert.isTrue(audits.some(isOpen))
    assert.isTrue(audits.some(({ noiseRate }) => noiseRate !== null))
    for (const audit of audits) {
      if (audit.noiseRate !== null) assert.isAtMost(audit.noiseRate.upper - audit.noiseRate.lower, 0.99)
      if (!isOpen(audit)) continue
      assert.isNull(audit.noiseRate)
      assert.isTrue(audit.labelProb.every(Number.isNaN))
    }
  })

  it("auditVotes says why there is no number where no vote has a winner to be judged", () => {
    const { columns } = planted({ nPairs: 4, reliability: { a: 1 } })
    const none = auditVotes({ ...columns, side: columns.side.map(() => 0), verdict: Int8Array.of(0, 2, 2, 2) })
    assert.match(none.warnings[0]!.message, /^None of 4 votes is .* 1 are ties and 3 have no verdict/)
    assert.strictEqual(codes({ nPairs: 4, reliability: { a: 1 } }, { trusted: ["a"] })[0], "noLabels")
  })

  it("auditVotes learns no more from votes that are there five times than from one of each", () => {
    const { columns } = planted({ nPairs: 60, reliability: { a: 0.9, b: 0.8, c: 0.7 } })
    const fives = <A extends Int32Array | Int8Array | Float64Array>(values: A): A => {
      const all: unknown = values.constructor
      const made = all as { readonly from: (some: Iterable<number>) => A }
      return made.from([...values].flatMap((x) => [x, x, x, x, x]))
    }
    const { annotator, chosenLength, first, item, rejectedLength, second, side, verdict } = columns
    const audit = auditVotes(columns)
    const five = auditVotes({
      ...columns,
      annotator: fives(annotator),
      chosenLength: fives(chosenLength),
      first: fives(first),
      item: fives(item),
      rejectedLength: fives(rejectedLength),
      second: fives(second),
      side: fives(side),
      verdict: fives(verdict)
    })
    assert.deepStrictEqual(five.noiseRate, audit.noiseRate)
    assert.deepStrictEqual(five.fit.reliability, audit.fit.reliability)
    assert.deepStrictEqual(five.fit.ci95, audit.fit.ci95)
    assert.strictEqual(five.alpha, audit.alpha)
    assert.strictEqual(five.nLabels, 5 * audit.nLabels)
    assert.deepStrictEqual(
      [...five.fit.nLabels],
      [...audit.fit.nLabels].map((n) => 5 * n)
    )
    assert.deepStrictEqual(
      five.labelProb.filter((_, v) => v % 5 === 3),
      audit.labelProb
    )
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
})
