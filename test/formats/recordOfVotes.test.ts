import { assert, describe, it } from "@effect/vitest"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { textMessage } from "../../src/formats/Messages.ts"
import { recordOfVotes, votesHolding } from "../../src/formats/recordOfVotes.ts"
import type { NamedColumns } from "../../src/formats/VoteColumns.ts"
import { VoteLook } from "../../src/formats/VoteLook.ts"
import type { Verdict, VoteRow } from "../../src/formats/VoteRow.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { lookOf } from "../contracts/format.ts"

const vote = (verdict: Verdict | null, annotator: string): VoteRow => ({
  rowIndex: 0,
  pairId: "p",
  promptId: null,
  firstId: "1",
  secondId: "2",
  prompt: "q",
  first: "a",
  second: "b",
  annotator,
  verdict,
  scoreFirst: null,
  scoreSecond: null,
  split: null,
  sidesRecorded: true
})

const texts = { hasTexts: true, style: "text" } as const

const ranks = (...verdicts: ReadonlyArray<Verdict | null>) =>
  recordOfVotes(
    verdicts.map((verdict, i) => vote(verdict, `w${i}`)),
    texts
  ).candidates.map(({ rank }) => rank)

describe("recordOfVotes", () => {
  it("recordOfVotes ranks the sides by the majority, of which a tie is one of three possible", () => {
    assert.deepStrictEqual(ranks("first", "first", "second"), [0, 1])
    assert.deepStrictEqual(ranks("second", "tie", "second"), [1, 0])
    assert.deepStrictEqual(ranks("tie", "first", "tie"), [0, 0])
    assert.deepStrictEqual(ranks("second", "tie"), [0, 0])
    assert.deepStrictEqual(ranks("first", "second"), [0, 0])
    assert.deepStrictEqual(ranks("first", "tie", "second"), [0, 0])
    assert.deepStrictEqual(ranks("first", "second", "first", "tie"), [0, 1])
    assert.deepStrictEqual(ranks("tie"), [0, 0])
    assert.deepStrictEqual(ranks(null, "second"), [1, 0])
    assert.deepStrictEqual(ranks(null), [null, null])
  })

  it("recordOfVotes keeps every readable vote with its annotator", () => {
    const { votes } = recordOfVotes([vote("second", "x"), vote(null, "y"), vote("tie", "z")], texts)
    assert.deepStrictEqual(votes, [
      { annotator: "x", winner: 1 },
      { annotator: "z", winner: null }
    ])
  })

  it("recordOfVotes takes names for models where there are no texts", () => {
    const [first] = recordOfVotes([vote("first", "x")], { hasTexts: false, style: "text" }).candidates
    assert.strictEqual(first!.model, "a")
    assert.deepStrictEqual(first!.messages, [])
  })

  it("recordOfVotes keeps messages where there are some, and the models beside texts", () => {
    const prompt = [textMessage("system", "s"), textMessage("user", "q")]
    const turns = [textMessage("assistant", "one"), textMessage("user", "two"), textMessage("assistant", "three")]
    const one = {
      ...vote("first", "x"),
      messages: { prompt, first: turns, second: null },
      models: ["m", null] as const
    }
    const record = recordOfVotes([one], { hasTexts: true, style: "messages" })
    assert.strictEqual(record.style, "messages")
    assert.deepStrictEqual(record.context, prompt)
    assert.deepStrictEqual(
      record.candidates.map(({ messages, model }) => [model, messages]),
      [
        ["m", turns],
        [null, [textMessage("assistant", "b")]]
      ]
    )
  })
})

const holdingOfRows = (rows: ReadonlyArray<Record<string, unknown>>, named: NamedColumns = {}) => {
  const look = lookOf(rows)
  const found = findVoteColumns(look.columns, named)
  if (isProblem(found)) return assert.fail(found.found)
  const seen = new VoteLook(found, undefined)
  for (const row of rows) seen.add(row)
  const columns = seen.settle(undefined)
  return isProblem(columns) ? assert.fail(columns.found) : votesHolding(columns, look).holding
}

describe("votesHolding", () => {
  const row = { prompt: "q", response_a: "x", response_b: "y", worker: "w", winner: "a" }

  it("votesHolding says what every column is: labels are votes, and who gave them is another part", () => {
    const { parts, style, unkept } = holdingOfRows([{ pair_id: 7, ...row, note: "n" }])
    assert.strictEqual(style, "text")
    assert.deepStrictEqual(parts, [
      { part: "prompt", column: "prompt" },
      { part: "chosen", column: "response_a" },
      { part: "rejected", column: "response_b" },
      { part: "votes", column: "winner" },
      { part: "annotators", column: "worker" }
    ])
    // The id of the pair is read and has no place in a record.
    assert.deepStrictEqual(unkept, ["pair_id", "note"])
  })

  it("votesHolding takes columns of several annotators for both, and says that strengths are not kept", () => {
    const { worker: _, winner: __, ...pair } = row
    const wide = holdingOfRows([
      { ...pair, annotator1: "a", annotator2: "b" },
      { ...pair, annotator1: "b", annotator2: "tie" }
    ])
    assert.deepStrictEqual(
      wide.parts.filter(({ column }) => column === "annotator1").map(({ part }) => part),
      ["votes", "annotators"]
    )
    const strengths = [-2, 1, 0].map((preference_strength) => ({ ...pair, preference_strength }))
    assert.deepStrictEqual(holdingOfRows(strengths).unkept, ["preference_strength (strength)"])
  })

  it("votesHolding holds messages as soon as one row does", () => {
    const turns = { ...row, prompt: [{ role: "user", content: "q" }] }
    assert.strictEqual(holdingOfRows([row, turns]).style, "messages")
    assert.strictEqual(holdingOfRows([row, row]).style, "text")
  })

  it("votesHolding names the keys of messages that are not read", () => {
    const reply = (content: string) => [{ role: "assistant", content, reasoning_content: "because" }]
    const turns = { prompt: [{ role: "user", content: "q" }], response_a: reply("x"), response_b: reply("y") }
    assert.deepStrictEqual(holdingOfRows([{ ...turns, winner: "a" }]).unkept, [
      "response_a[].reasoning_content",
      "response_b[].reasoning_content"
    ])
  })

  it("votesHolding names keys and columns that only later rows have, once these were seen", () => {
    const turns = (more: object) => [{ role: "assistant", content: "x", ...more }]
    const first = { prompt: "q", response_a: turns({}), response_b: turns({}), winner: "a" }
    const look = lookOf([first])
    const found = findVoteColumns(look.columns, {})
    if (isProblem(found)) return assert.fail(found.found)
    const { holding, see } = votesHolding(found, look)
    see(first)
    assert.deepStrictEqual([...holding.lateKeys!], [])
    see({ ...first, response_b: turns({ weight: 1 }), note: "n" })
    assert.deepStrictEqual([...holding.lateKeys!], ["response_b[].weight", "note"])
  })
})
