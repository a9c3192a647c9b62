import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Preference } from "../../src/formats/Format.ts"
import { openrlhf } from "../../src/formats/openrlhf.ts"
import { prefloomRanked } from "../../src/formats/prefloomRanked.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { formatContract, lookOf, pairOf, refusalOf } from "../contracts/format.ts"

/** Ids, models, scores and the number of ranks are in every list. */
const complete = (record: Preference): Preference => ({
  ...record,
  id: record.id ?? "x",
  candidates: record.candidates.map((one, i) => ({
    ...one,
    id: one.id ?? `c${i}`,
    model: one.model ?? "m",
    score: one.score ?? 1 - i
  })),
  extra: { nRanks: 2, ...record.extra }
})

formatContract({
  format: prefloomRanked,
  kind: "ranked",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores"],
  keepsExtra: true,
  adjust: complete
})

/** A list as the stage makes it: one best, two in the middle, one last. */
const list = {
  id: "1",
  prompt: "Which of these is it?",
  responses: [
    { id: "a", text: "the best", model: "m1", score: 9, rank: 1 },
    { id: "b", text: "the middle", model: "m2", score: 5, rank: 2 },
    { id: "c", text: "the centre", model: "m3", score: 5, rank: 2 },
    { id: "d", text: "the worst", model: "m4", score: 1, rank: 3 }
  ],
  nRanks: 3
}

describe("prefloomRanked", () => {
  it("prefloomRanked becomes the pair of the best and the worst, and the replies between are counted", () => {
    for (const format of [trlPreference, openrlhf]) {
      const made = convertRows(prefloomRanked, format, lookOf([list]), [list])
      if (isRefusal(made)) return assert.fail(made.found)
      const { chosen, chosen_id, margin, prompt, rejected, score_rejected } = made.rows[0]!
      assert.deepStrictEqual([prompt, chosen, rejected], [list.prompt, "the best", "the worst"])
      assert.deepStrictEqual([chosen_id, score_rejected, margin], ["a", 1, undefined])
    }
    const writer = trlPreference.writer(reading().holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    writer.write(read(), [])
    assert.deepStrictEqual([...writer.remarks!.values()], [2])
    assert.match(writer.notes.join(), /the best and the worst make the pair/)
  })

  it("prefloomRanked becomes a list again where a format holds lists, and says what is lost", () => {
    const made = convertRows(prefloomRanked, ultrafeedback, lookOf([list]), [list])
    if (isRefusal(made)) return assert.fail(made.found)
    const completions = made.rows[0]!["completions"] as ReadonlyArray<{ readonly response: string }>
    assert.deepStrictEqual(
      completions.map(({ response }) => response),
      list.responses.map(({ text }) => text)
    )
    const back = convertRows(ultrafeedback, prefloomRanked, lookOf(made.rows), made.rows)
    if (isRefusal(back)) return assert.fail(back.found)
    const again = back.rows[0] as typeof list
    assert.deepStrictEqual(again.nRanks, 3)
    assert.deepStrictEqual(
      again.responses.map(({ rank, score, text }) => [text, score, rank]),
      list.responses.map(({ rank, score, text }) => [text, score, rank])
    )
  })

  it("prefloomRanked writes the best first and counts ranks anew, without gaps", () => {
    const { candidates, ...rest } = read()
    const turned = { ...rest, candidates: candidates.toReversed().map((one) => ({ ...one, rank: one.rank! * 10 })) }
    const rows: Array<Readonly<Record<string, unknown>>> = []
    const writer = prefloomRanked.writer(reading().holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    assert.isUndefined(writer.write(turned, rows))
    const { nRanks, responses } = rows[0] as unknown as typeof list
    assert.strictEqual(nRanks, 3)
    assert.deepStrictEqual(
      responses.map(({ id, rank }) => `${id}${rank}`),
      ["a1", "c2", "b2", "d3"]
    )
  })

  it("prefloomRanked refuses ties, replies without a score and texts that are there twice", () => {
    const pair = pairOf([["user", "q"]], "yes", "no")
    const scored = (
      scores: ReadonlyArray<number | null>,
      rank: (i: number) => number | null,
      texts = ["yes", "no"]
    ) => {
      const made = pairOf([["user", "q"]], texts[0]!, texts[1]!)
      return { ...made, candidates: made.candidates.map((one, i) => ({ ...one, score: scores[i]!, rank: rank(i) })) }
    }
    assert.strictEqual(refusalOf(prefloomRanked, pair), "replies without scores instead of a score of each reply")
    assert.strictEqual(refusalOf(prefloomRanked, pair, ["scores"]), "no score")
    assert.strictEqual(
      refusalOf(
        prefloomRanked,
        scored([1, 1], () => null),
        ["scores"]
      ),
      "tie"
    )
    assert.strictEqual(
      refusalOf(
        prefloomRanked,
        scored([2, 1], (i) => i, ["yes", "yes"]),
        ["scores"]
      ),
      "identical replies"
    )
    assert.isNull(
      refusalOf(
        prefloomRanked,
        scored([2, 1], () => null),
        ["scores"]
      )
    )
  })
})

const reading = () => {
  const reader = prefloomRanked.reader(lookOf([list]))
  return isRefusal(reader) ? assert.fail(reader.found) : reader
}

const read = (): Preference => reading().read(list) as Preference
