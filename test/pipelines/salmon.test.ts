import { assert, describe, it } from "@effect/vitest"
import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import type { Completion } from "../../src/services/Provider.ts"
import type { Reject } from "../../src/Rejects.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { forJudges, salmon } from "../../pipelines/salmon.ts"
import { runRecipe } from "./runRecipe.ts"

/** How wide the gap on each principle is, whoever wins; by one principle the answer shown first always wins. */
const widths: Readonly<Record<string, number>> = {
  concise: 3,
  "honest and accurate": 1,
  ethical: 0,
  specific: 0.5,
  "educational and engaging": 2,
  methodical: 4,
  creative: 1.5,
  comprehensive: 2.5
}

const isOdd = (...parts: ReadonlyArray<string>) =>
  Number.parseInt(crypto.hash("sha256", parts.join("|")).slice(-1), 16) % 2 === 1

/** Which of the two answers to a prompt wins on a principle: planted by the prompt and the principle alone. */
const winner = (prompt: string, axis: string) => (isOdd(prompt, axis) ? "reply 1" : "reply 0")

const german = "Das ist die Antwort auf die Frage, und sie ist nicht von der Sprache, die man hier will."
const answerTo = (prompt: string, sample: number) => {
  const english = "This is the answer to the question that you have asked, and it is written in the language of it."
  if (prompt.includes("bathroom") && sample === 0) return `${german} reply ${sample}`
  if (prompt.includes("dice")) return `${german} reply ${sample}`
  if (prompt.includes("0.999") && sample === 1) return `short ${sample}`
  return `${isOdd(prompt, "refusal") && sample === 1 ? "As an AI language model I cannot say. " : ""}${english} reply ${sample}`
}

const token = (gap: number): Completion => {
  const [one, two] = [-Math.log1p(Math.exp(-gap)), -Math.log1p(Math.exp(gap))]
  const alternatives = [
    { token: "1", logProb: one },
    { token: "2", logProb: two }
  ]
  const logProbs = [{ ...alternatives[0]!, alternatives }]
  return { text: "1", finishReason: "stop", model: "m", usage: null, planted: null, logProbs }
}

const script = scripted(({ sampleIndex, task }) => {
  if (task.kind !== "compare") return answerTo(task.prompt, sampleIndex)
  const width = widths[task.axis]!
  if (width === 0) return token(task.first.endsWith("reply 0") ? 6 : 5)
  return token(task.first.endsWith(winner(task.prompt, task.axis)) ? width : -width)
})

/** A reject of a draw in which no principle says anything. */
const isTie = ({ detail, stage }: Reject) => stage === "pair" && detail.includes("scores are 0")

const nameOf = (text: string) => text.slice(-"reply 0".length)

describe("the recipe of SALMON", () => {
  const ran = Effect.map(runRecipe(salmon, script), ({ rows, ...rest }) => ({
    ...rest,
    // As they were before the label noise.
    rows: rows.map((row) => (row.plantedFlip ? { ...row, chosen: row.rejected, rejected: row.chosen } : row)),
    noisy: rows
  }))

  it.effect("salmon has every principle judged in both orders", () =>
    Effect.map(ran, ({ requests, rows }) => {
      const { prompt } = rows[0]!
      const asked = requests.flatMap(({ task }) => (task.kind === "compare" && task.prompt === prompt ? [task] : []))
      const shown = asked.map(({ axis, first, second }) => [axis, nameOf(first), nameOf(second)].join(": "))
      const wanted = Object.keys(widths).flatMap((axis) => [`${axis}: reply 0: reply 1`, `${axis}: reply 1: reply 0`])
      assert.deepStrictEqual(shown.toSorted(), wanted.toSorted())
    })
  )

  it.effect("salmon lets the quietest of the drawn principles decide, turned round where it is negated", () =>
    Effect.map(ran, ({ rows }) => {
      const byPrinciple = rows.filter(({ rule }) => rule === "bestWorst")
      for (const { chosen, principles, prompt } of byPrinciple) {
        // Gaps are divided by their variance, so of gaps that are always ±w the smallest w gives the widest.
        const [quietest] = principles
          .filter(({ axis }) => widths[axis]! > 0)
          .sort((a, b) => widths[a.axis]! - widths[b.axis]!)
        const { axis, negated } = quietest!
        assert.strictEqual(nameOf(chosen) === winner(prompt, axis), !negated, `${axis} on ${prompt}`)
      }
      const directions = Map.groupBy(byPrinciple, ({ questionId }) => questionId)
      const nBoth = [...directions.values()].filter(
        (some) => new Set(some.map(({ chosen }) => chosen)).size === 2
      ).length
      assert.isAbove(nBoth, directions.size / 4)
    })
  )

  it.effect("salmon hears nothing from a principle on which the two orders disagree", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      assert.isFalse(rows.some(({ principles }) => principles.every(({ axis }) => axis === "ethical")))
      assert.isAbove(rejects.filter(isTie).length, 0)
    })
  )

  it.effect("salmon draws as many principles as the geometric law says, each negated half of the time", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      const nDrawn = rows.length + rejects.filter(isTie).length
      const nOne = nDrawn - rows.filter(({ principles }) => principles.length > 1).length
      const share = 0.2 / (1 - 0.8 ** 8)
      assert.closeTo(nOne / nDrawn, share, 4 * Math.sqrt((share * (1 - share)) / nDrawn))
      const drawn = rows.flatMap(({ principles }) => principles)
      assert.closeTo(drawn.filter(({ negated }) => negated).length / drawn.length, 0.5, 2 / Math.sqrt(drawn.length))
      assert.isTrue(
        rows.every(({ principles }) => new Set(principles.map(({ axis }) => axis)).size === principles.length)
      )
    })
  )

  it.effect("salmon lets language decide, stock refusals half of the time, and skips what is foreign or short", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      const bathroom = rows.filter(({ prompt }) => prompt.includes("bathroom"))
      assert.isAbove(bathroom.length, 0)
      for (const { chosen, rule } of bathroom) assert.deepStrictEqual([rule, nameOf(chosen)], ["language", "reply 1"])
      const refusing = rows.filter(({ chosen, rejected }) => `${chosen} ${rejected}`.includes("As an AI"))
      const decided = refusing.filter(({ rule }) => rule === "no refusal")
      for (const { chosen } of decided) assert.notInclude(chosen, "As an AI")
      assert.closeTo(decided.length / refusing.length, 0.5, 2 / Math.sqrt(refusing.length))
      assert.isFalse(rows.some(({ prompt }) => prompt.includes("dice") || prompt.includes("0.999")))
      const reasons = rejects.map(({ reason }) => reason)
      for (const reason of ["all answers are in another language", "short"]) assert.include(reasons, reason)
    })
  )

  it.effect("salmon plants noise, more where a rule has decided, and says where", () =>
    Effect.map(ran, ({ findings, noisy, rows }) => {
      const finding = findings.get("plantNoise")!
      assert(finding.kind === "plantedNoise")
      const rates = finding.groups.map(({ expected, nRows, name }) => [name, (expected / nRows).toFixed(3)])
      assert.deepStrictEqual(rates, [
        ["bestWorst", "0.100"],
        ["language", "0.250"],
        ["no refusal", "0.250"]
      ])
      const flipped = noisy.filter((row, i) => row.chosen !== rows[i]!.chosen)
      assert.isAbove(flipped.length, 0)
      assert.isTrue(flipped.every(({ plantedFlip }) => plantedFlip))
      for (const { margin, plantedFlip, rule } of noisy)
        if (rule === "bestWorst") assert.strictEqual(margin! < 0, plantedFlip)
    })
  )

  it.effect("salmon shows a judge both answers and the principles of the pair, negated ones as less", () =>
    Effect.gen(function* () {
      const { rows: pairs } = yield* runRecipe(salmon, script)
      const { rows } = yield* runRecipe(salmon.pipe(forJudges), script)
      assert.strictEqual(rows.length, pairs.length)
      for (const [i, { completion, pairId, prompt, reference }] of rows.entries()) {
        const { chosen, id, principles, rejected } = pairs[i]!
        assert.strictEqual(pairId, id)
        const [first, second] = reference === "first" ? [chosen, rejected] : [rejected, chosen]
        assert.include(prompt, `<first>\n${first}\n</first>\n<second>\n${second}\n</second>`)
        assert.strictEqual(completion, `Answer: ${reference}`)
        for (const { axis, negated } of principles) assert.include(prompt, `${negated ? "less" : "more"} ${axis}`)
      }
      assert.strictEqual(new Set(rows.map(({ reference }) => reference)).size, 2)
    })
  )
})
