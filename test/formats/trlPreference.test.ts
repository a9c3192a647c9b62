import { assert, describe, it } from "@effect/vitest"
import type { PreferenceMessage } from "../../schemas/Preference.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { formatContract, pairOf, readRows, refusalOf, lookOf, holdingOf } from "../contracts/format.ts"

formatContract({
  format: trlPreference,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  recognisedAs: "trl-reward"
})
formatContract({
  format: trlPreference,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true,
  recognisedAs: "trl-reward"
})
formatContract({
  format: trlPreference,
  kind: "pair",
  style: "messages",
  fields: [],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true
})

describe("trlPreference", () => {
  it("trlPreference refuses a file that mixes texts and messages (TRL-1)", () => {
    const rows = [
      { prompt: "p", chosen: [{ role: "assistant", content: "a" }], rejected: [{ role: "assistant", content: "b" }] }
    ]
    assert.include(JSON.stringify(readRows(trlPreference, rows)), "all three texts or all three lists")
  })

  it("trlPreference refuses a row of messages in a file of texts (TRL-1)", () => {
    const rows = [{ prompt: "p", chosen: "a", rejected: "b" }]
    const reader = trlPreference.reader(lookOf(rows))
    assert.isTrue("read" in reader)
    if (!("read" in reader)) return
    const read = reader.read({ prompt: "p", chosen: "a", rejected: [{ role: "assistant", content: "b" }] })
    assert.strictEqual("reason" in read ? read.reason : null, "wrong type")
  })

  it("trlPreference refuses an empty prompt, equal replies, an empty reply and replies that repeat the prompt (TRL-2)", () => {
    const question = "Which of the two is heavier?"
    assert.strictEqual(refusalOf(trlPreference, pairOf([], "a", "b")), "empty prompt")
    assert.strictEqual(refusalOf(trlPreference, pairOf([["user", "q"]], "a", "a")), "identical replies")
    assert.strictEqual(refusalOf(trlPreference, pairOf([["user", "q"]], " ", "a")), "empty reply")
    assert.strictEqual(
      refusalOf(trlPreference, pairOf([["user", question]], `${question} a`, `${question} b`)),
      "prompt inside the replies"
    )
    assert.isNull(refusalOf(trlPreference, pairOf([["user", question]], `${question} a`, "b")))
    assert.isNull(refusalOf(trlPreference, pairOf([["user", "q"]], "a", "b")))
  })

  it("trlPreference writes the chosen reply first whatever its place, and turns votes with it", () => {
    const record = pairOf([["user", "q"]], "bad", "good", { votes: [{ annotator: "w", winner: 1 }] })
    const [bad, good] = record.candidates
    const rows: Array<Record<string, unknown>> = []
    const writer = trlPreference.writer(
      holdingOf({ kind: "pair", style: "text", fields: ["votes"], keepsExtra: false })
    )
    if (!("write" in writer)) return assert.fail(writer.found)
    writer.write(
      {
        ...record,
        candidates: [
          { ...bad!, rank: 1 },
          { ...good!, rank: 0 }
        ]
      },
      rows
    )
    assert.deepStrictEqual(rows, [
      { prompt: "q", chosen: "good", rejected: "bad", votes: [{ annotator: "w", winner: 0 }] }
    ])
  })

  it("trlPreference refuses a tie and a list without an order", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const ranked = (rank: number | null) => ({
      ...record,
      candidates: record.candidates.map((one) => ({ ...one, rank }))
    })
    assert.strictEqual(refusalOf(trlPreference, ranked(0)), "tie")
    assert.strictEqual(refusalOf(trlPreference, ranked(null)), "no order")
  })

  it("trlPreference keeps messages of one type for all rows, and refuses tools that nothing foretold (TRL-5)", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const call = { id: null, name: "f", arguments: "{}" }
    const context = [
      ...record.context,
      { role: "assistant" as const, content: null, toolCalls: [call], name: null, toolCallId: null },
      { ...record.context[0]!, role: "tool" as const }
    ]
    assert.strictEqual(refusalOf(trlPreference, { ...record, context }), "tool call")
  })

  it("trlPreference gives unknown columns by which TRL would tell the row another name", () => {
    const rows = [
      { prompt: "q", chosen: "a", rejected: "b", completion: "c", messages: [{ role: "user", content: "q" }] }
    ]
    const made = convertRows(trlPreference, trlPreference, lookOf(rows), rows)
    if (!("rows" in made)) return assert.fail(made.found)
    assert.hasAllKeys(made.rows[0], ["prompt", "chosen", "rejected", "extra_completion", "extra_messages"])
    assert.deepStrictEqual(
      made.renamed.map(({ from, to }) => [from, ...to]),
      [
        ["completion", "extra_completion"],
        ["messages", "extra_messages"]
      ]
    )
  })

  it("trlPreference refuses what TRL would misread: prompts that say nothing, and turns of the wrong side at the seam", () => {
    const record = pairOf([["user", "q"]], "x", "y")
    const [first, second] = record.candidates
    const said = (role: PreferenceMessage["role"], content: string) => ({ ...first!.messages[0]!, role, content })
    const spoken = (...messages: ReadonlyArray<PreferenceMessage>) => ({
      ...record,
      candidates: [{ ...first!, messages }, second!]
    })
    assert.strictEqual(refusalOf(trlPreference, { ...record, context: [said("user", " \n")] }), "empty prompt")
    assert.isNull(refusalOf(trlPreference, { ...record, context: [said("system", "s"), said("user", "")] }))
    assert.strictEqual(refusalOf(trlPreference, spoken(said("user", "c"))), "reply of another role")
    assert.strictEqual(
      refusalOf(trlPreference, spoken(said("tool", "c"), said("assistant", "d"))),
      "reply of another role"
    )
    assert.isNull(refusalOf(trlPreference, spoken(said("assistant", "c"), said("user", "d"), said("assistant", "e"))))
    const open = { ...record, context: [said("user", "q"), said("assistant", "so")] }
    assert.strictEqual(refusalOf(trlPreference, open), "prompt ends with the assistant")
  })
})
