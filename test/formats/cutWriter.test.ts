import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { cutWriter } from "../../src/formats/cutWriter.ts"
import { type Format, isRefusal } from "../../src/formats/Format.ts"
import { formats } from "../../src/formats/formats.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { llamafactoryKto } from "../../src/formats/llamafactoryKto.ts"
import { nemoRl } from "../../src/formats/nemoRl.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { trlUnpaired } from "../../src/formats/trlUnpaired.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { votes } from "../../src/formats/votes.ts"
import { holdingOf, lookOf } from "../contracts/format.ts"

const holding = (kind: "pair" | "ranked" | "prompt" | "unpaired") =>
  holdingOf({ kind, style: "text", fields: ["scores"], keepsExtra: false })

/** A row of UltraFeedback's shape; made up. */
const rows = [
  {
    instruction: "q",
    models: ["m0", "m1", "m2", "m3"],
    completions: [4, 2, 4.5, 1].map((overall_score, i) => ({
      model: `m${i}`,
      response: `r${overall_score}`,
      overall_score
    }))
  }
]

const cut = (to: Format, rule: keyof typeof listRules) => {
  const made = convertRows(ultrafeedback, to, lookOf(rows), rows, listRules[rule])
  return isRefusal(made) ? assert.fail(made.found) : made
}

describe("cutWriter", () => {
  it("cutWriter writes the pairs of a rule with models and scores of each, one a row", () => {
    const pairs = (rule: keyof typeof listRules) =>
      cut(trlPreference, rule).rows.map(
        ({ chosen, chosen_model, rejected, rejected_model, score_chosen, score_rejected }) =>
          `${String(chosen)} of ${String(chosen_model)} > ${String(rejected)} of ${String(rejected_model)} by ${Number(score_chosen) - Number(score_rejected)}`
      )
    assert.deepStrictEqual(pairs("best-worst"), ["r4.5 of m2 > r1 of m3 by 3.5"])
    assert.deepStrictEqual(pairs("adjacent"), [
      "r4.5 of m2 > r4 of m0 by 0.5",
      "r4 of m0 > r2 of m1 by 2",
      "r2 of m1 > r1 of m3 by 1"
    ])
    assert.strictEqual(new Set(pairs("all")).size, 6)
    assert.isTrue(pairs("all").every((pair) => Number(pair.split(" by ")[1]) > 0))
  })

  it("cutWriter cuts for formats of lists and of votes too, which without a rule keep lists or take the best and the worst", () => {
    const lists = cut(ultrafeedback, "adjacent").rows.map(({ completions }) =>
      (completions as (typeof rows)[0]["completions"]).map(({ response }) => response)
    )
    assert.deepStrictEqual(lists, [
      ["r4", "r4.5"],
      ["r4", "r2"],
      ["r2", "r1"]
    ])
    const whole = convertRows(ultrafeedback, ultrafeedback, lookOf(rows), rows)
    assert.isTrue("rows" in whole && whole.rows.length === 1)
    const opinions = cut(votes, "best-worst").rows
    assert.deepInclude(convertRows(ultrafeedback, votes, lookOf(rows), rows), { rows: opinions })
    assert.strictEqual(opinions.length, 1)
    assert.deepInclude(opinions[0], {
      prompt: "q",
      response_a: "r4.5",
      response_b: "r1",
      annotator: null,
      winner: "a"
    })
  })

  it("cutWriter refuses to give one reply two labels, and rules where there is nothing to cut", () => {
    for (const format of [trlUnpaired, llamafactoryKto]) {
      assert.isFalse(isRefusal(cutWriter(format, holding("ranked"), listRules["best-worst"])))
      for (const rule of [listRules.adjacent, listRules.all]) {
        assert.match(
          String(found(cutWriter(format, holding("ranked"), rule))),
          /wanted in one and unwanted in the next/
        )
      }
    }
    assert.match(
      String(found(cutWriter(trlPrompt, holding("ranked"), listRules.all))),
      /pairs of ranked lists for trl-prompt/
    )
    for (const kind of ["prompt", "unpaired"] as const) {
      assert.match(String(found(cutWriter(trlPreference, holding(kind), listRules.all))), /no ranked lists/)
    }
  })

  it("cutWriter leaves pairs alone, and every format of pairs takes those of lists", () => {
    for (const format of formats.filter(({ reads }) => reads.includes("pair") || reads.includes("ranked"))) {
      const own = format.writer(holding("pair"))
      const made = cutWriter(format, holding("pair"), listRules.all)
      if (isRefusal(own) || isRefusal(made)) return assert.fail(format.name)
      assert.deepStrictEqual(made.notes, own.notes)
      assert.isFalse(isRefusal(cutWriter(format, holding("ranked"), listRules.all)), format.name)
    }
    assert.isTrue(nemoRl.reads.includes("ranked"))
  })
})

const found = (made: ReturnType<typeof cutWriter>) => (isRefusal(made) ? made.found : null)
