import { assert, describe, it } from "@effect/vitest"
import { FormatFlaw, type Holding, type Preference, type Row } from "../../src/formats/Format.ts"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { recordOfVotes, votesHolding } from "../../src/formats/recordOfVotes.ts"
import { VoteLook } from "../../src/formats/VoteLook.ts"
import { voteMessages } from "../../src/formats/voteMessages.ts"
import type { VoteRow } from "../../src/formats/VoteRow.ts"
import { votes } from "../../src/formats/votes.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { votesOfRow } from "../../src/formats/votesOfRow.ts"
import {
  type FormatContract,
  holdingOf,
  lookOf,
  pairOf,
  recordsOf,
  refusalOf,
  throughJson
} from "../contracts/format.ts"

/** The order is that of the majority, of which a tie is one of three possible. */
const ranked = (record: Preference, given: Preference["votes"]): Preference => {
  const sizes = [0, 1, null].map((which) => given.filter(({ winner }) => winner === which).length)
  const most = sizes.toSorted((a, b) => b - a)
  const best = most[0] === most[1] ? -1 : sizes.indexOf(most[0]!)
  const candidates = record.candidates.map((one, i) => ({ ...one, rank: best === 1 - i ? 1 : 0 }))
  return { ...record, votes: given, candidates }
}

const contract: FormatContract = {
  format: votes,
  kind: "pair",
  style: "text",
  fields: ["votes"],
  keepsExtra: false,
  adjust: (record, random) => {
    const given = Array.from({ length: 1 + Math.floor(3 * random()) }, (_, i) => ({
      annotator: `w${i} é`,
      winner: [0, 1, null][Math.floor(3 * random())]!
    }))
    return ranked(record, given)
  }
}

const chat: FormatContract = { ...contract, style: "messages", hasSystem: true, hasTurns: true }

/** Writes records as votes and reads them again, the votes of one pair together. */
const again = (records: ReadonlyArray<Preference>, holding: Holding): ReadonlyArray<Preference> => {
  const writer = votes.writer(holding)
  if (!("write" in writer)) return assert.fail(writer.found)
  const rows: Array<Row> = []
  const sources = records.flatMap((record, i) => {
    const before = rows.length
    assert.isUndefined(writer.write(record, rows))
    return Array.from({ length: rows.length - before }, () => i)
  })
  const back = throughJson(rows)
  const columns = findVoteColumns(lookOf(back).columns, {})
  if (isProblem(columns)) return assert.fail(columns.found)
  const look = new VoteLook(columns, undefined)
  for (const row of back) look.add(row)
  const settled = look.settle(undefined)
  if (isProblem(settled)) return assert.fail(settled.found)
  const read: Array<Array<VoteRow>> = records.map(() => [])
  back.forEach((row, i) => {
    const into: Array<VoteRow> = []
    assert.isUndefined(votesOfRow(settled, row, i, null, into))
    const messages = voteMessages(settled, row)
    if (messages instanceof FormatFlaw) return assert.fail(messages.found)
    read[sources[i]!]!.push(...into.map((vote) => (messages === undefined ? vote : { ...vote, messages })))
  })
  const { style } = votesHolding(settled, lookOf(back)).holding
  return read.map((one) => recordOfVotes(one, { hasTexts: true, style }))
}

const write = (record: ReturnType<typeof pairOf>) => {
  const writer = votes.writer(holdingOf({ kind: "pair", style: "text", fields: ["votes"], keepsExtra: false }))
  if (!("write" in writer)) return assert.fail(writer.found)
  const rows: Array<Record<string, unknown>> = []
  assert.isUndefined(writer.write(record, rows))
  return rows
}

describe("votes", () => {
  it("votes reads what it writes: names, ties, unicode, empty prompts, and the order of the majority", () => {
    const records = recordsOf(contract)
    assert.deepStrictEqual(again(records, holdingOf(contract)), records)
  })

  it("votes keeps the turns of messages, with a leading system message and a prompt of several turns", () => {
    const records = recordsOf(chat)
    assert.isTrue(records.some(({ context }) => context.length > 2 && context[0]!.role === "system"))
    assert.deepStrictEqual(again(records, holdingOf(chat)), records)
  })

  it("votes keeps the names of models beside the texts", () => {
    const models: FormatContract = { ...contract, fields: ["votes", "models"] }
    const records = recordsOf(models)
    assert.isTrue(records.some(({ candidates }) => candidates[0]!.model !== null))
    assert.deepStrictEqual(again(records, holdingOf(models)), records)
  })

  it("votes reads votes of nobody again, whose column of annotators has no name", () => {
    const records = recordsOf(contract).map((record) =>
      ranked(
        record,
        record.votes.map((vote) => ({ ...vote, annotator: null }))
      )
    )
    assert.deepStrictEqual(again(records, holdingOf(contract)), records)
    const pairs = records.map((record, i) => ({ ...ranked(record, [{ annotator: null, winner: i % 2 }]), votes: [] }))
    const expected = pairs.map((record, i) => ({ ...record, votes: [{ annotator: null, winner: i % 2 }] }))
    assert.deepStrictEqual(again(pairs, holdingOf(contract)), expected)
  })

  it("votes refuses what plain texts cannot hold, instead of making one text of it", () => {
    const context = [
      ["user", "q"],
      ["assistant", "r"],
      ["user", "s"]
    ] as const
    const record = pairOf(context, "x", "y", { votes: [{ annotator: "w", winner: 0 }], style: "text" })
    assert.strictEqual(refusalOf(votes, record, ["votes"]), "several messages")
    const call = { ...record.context[0]!, content: null, toolCalls: [{ id: null, name: "f", arguments: "{}" }] }
    assert.strictEqual(refusalOf(votes, { ...record, context: [call] }, ["votes"]), "no plain text")
  })

  it("votes writes one row a vote, and the order of a pair without votes as one of nobody", () => {
    const record = pairOf([["user", "q"]], "x", "y", {
      votes: [
        { annotator: "w", winner: 1 },
        { annotator: null, winner: null }
      ]
    })
    const texts = { prompt: "q", response_a: "x", response_b: "y" }
    assert.deepStrictEqual(write(record), [
      { ...texts, annotator: "w", winner: "b" },
      { ...texts, annotator: null, winner: "tie" }
    ])
    assert.deepStrictEqual(write({ ...record, votes: [] }), [{ ...texts, annotator: null, winner: "a" }])
  })

  it("votes writes the order of the best and the worst of a ranked list, whether ranks or scores hold it", () => {
    const [one] = pairOf([["user", "q"]], "", "").candidates
    const listOf = (scores: ReadonlyArray<number>): Preference => ({
      ...pairOf([["user", "q"]], "", ""),
      kind: "ranked",
      candidates: scores.map((score) => ({
        ...one!,
        rank: null,
        score,
        messages: [{ ...one!.messages[0]!, content: `${score}` }]
      }))
    })
    const writer = votes.writer({ ...holdingOf(contract), kind: "ranked" })
    if (!("write" in writer)) return assert.fail(writer.found)
    for (const scores of [
      [1, 3],
      [2, 3, 1]
    ]) {
      const rows: Array<Row> = []
      assert.isUndefined(writer.write(listOf(scores), rows))
      const ends = scores.filter((score) => score !== 2).map(String)
      assert.deepStrictEqual(rows, [
        {
          prompt: "q",
          response_a: ends[0],
          response_b: ends[1],
          annotator: null,
          winner: ends[0] === "3" ? "a" : "b"
        }
      ])
    }
    assert.strictEqual(writer.write(listOf([2, 2]), [])?.reason, "tie")
  })
})
