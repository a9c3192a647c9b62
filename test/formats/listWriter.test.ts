import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal, type Row } from "../../src/formats/Format.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { listWriter } from "../../src/formats/listWriter.ts"
import { openrlhf } from "../../src/formats/openrlhf.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { holdingOf, lookOf, pairOf } from "../contracts/format.ts"

const listOf = (replies: ReadonlyArray<readonly [string, number]>): Row => ({
  instruction: "q",
  completions: replies.map(([response, overall_score]) => ({ model: "m", response, overall_score }))
})

const written = (lists: ReadonlyArray<Row>, rule: keyof typeof listRules) => {
  const reader = ultrafeedback.reader(lookOf(lists))
  if (isRefusal(reader)) return assert.fail(reader.found)
  const writer = listWriter(reader.holding, listRules[rule], trlPreference.writer)
  if (isRefusal(writer)) return assert.fail(writer.found)
  const into: Array<Row> = []
  const flaws = lists.map((row) => {
    const record = reader.read(row)
    return "id" in record ? (writer.write(record, into)?.reason ?? null) : record.reason
  })
  return { flaws, pairs: into.map(({ chosen, rejected }) => `${String(chosen)}>${String(rejected)}`), writer }
}

describe("listWriter", () => {
  it("listWriter counts replies in no pair and pairs that were drawn, and says what the rule does", () => {
    const { flaws, pairs, writer } = written(
      [
        listOf([
          ["a", 5],
          ["b", 5],
          ["c", 2],
          ["d", 1]
        ]),
        listOf([
          ["e", 3],
          ["f", 1]
        ])
      ],
      "best-worst"
    )
    assert.deepStrictEqual(flaws, [null, null])
    assert.match(pairs[0]!, /^[ab]>d$/)
    assert.strictEqual(pairs[1], "e>f")
    assert.deepStrictEqual(
      [...writer.remarks!],
      [
        ["replies left out that were neither the best nor the worst of their list", 2],
        ["pairs drawn from several with the same claim", 1]
      ]
    )
    assert.match(writer.notes[0]!, /one of them is drawn/)
  })

  it("listWriter leaves a pair out that cannot be written, and refuses a list without any other", () => {
    const { flaws, pairs, writer } = written(
      [
        listOf([
          ["a", 5],
          ["b", 3],
          ["", 1]
        ]),
        listOf([
          ["a", 5],
          ["", 1]
        ]),
        listOf([["alone", 1]])
      ],
      "adjacent"
    )
    assert.deepStrictEqual(pairs, ["a>b"])
    assert.deepStrictEqual(flaws, [null, "empty reply", "too few candidates"])
    assert.deepStrictEqual(Object.fromEntries(writer.remarks!), {
      "pairs of lists left out: empty reply": 1,
      "replies of lists that are in no pair": 1
    })
  })

  it("listWriter keeps what the writer of pairs counts, and passes on what it refuses", () => {
    const lists = [
      listOf([
        ["a", 3],
        ["b", 2],
        ["c", 1]
      ])
    ]
    const made = convertRows(ultrafeedback, openrlhf, lookOf(lists), lists)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.match(made.notes.join(), /the best and the worst.*train with the chat template off/)
    const holding = holdingOf({ kind: "ranked", style: "messages", fields: [], keepsExtra: false })
    const parts = holding.parts.filter(({ part }) => part === "prompt")
    const none = listWriter({ ...holding, parts }, listRules.all, trlPreference.writer)
    assert.strictEqual(isRefusal(none) && none.found, "names of what was compared without texts")
  })

  it("listWriter looks at the two replies of the pair alone where a reply is too long for OpenRLHF", () => {
    const holding = holdingOf({ kind: "ranked", style: "messages", fields: [], keepsExtra: false })
    const writer = openrlhf.writer(holding)
    if (isRefusal(writer)) return assert.fail(writer.found)
    const pair = pairOf([["user", "q"]], "a", "b", { kind: "ranked" })
    const [best, worst] = pair.candidates
    const long = { ...best!, rank: 1, messages: [...best!.messages, ...worst!.messages] }
    const list = { ...pair, candidates: [best!, long, { ...worst!, rank: 2 }] }
    assert.isUndefined(writer.write(list, []))
    const longest = { ...list, candidates: [best!, { ...worst!, rank: 1 }, { ...long, rank: 2 }] }
    assert.strictEqual(writer.write(longest, [])?.reason, "reply of several messages")
  })

  it("listWriter renames columns beside lists that would be read as values of each pair", () => {
    const lists = [
      {
        ...listOf([
          ["a", 5],
          ["b", 3],
          ["c", 1]
        ]),
        margin: 7,
        ref_chosen_logps: -1,
        source: "s"
      }
    ]
    for (const rule of [undefined, ...Object.values(listRules)]) {
      const made = convertRows(ultrafeedback, trlPreference, lookOf(lists), lists, rule)
      if (isRefusal(made)) return assert.fail(made.found)
      for (const one of made.rows) {
        assert.deepInclude(one, { extra_margin: 7, extra_ref_chosen_logps: -1, source: "s" })
        assert.notProperty(one, "margin")
      }
    }
  })
})
