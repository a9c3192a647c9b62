import { assert, describe, it } from "@effect/vitest"
import { argilla } from "../../src/formats/argilla.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { findOpinions } from "../../src/formats/findOpinions.ts"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { isRefusal, type Row } from "../../src/formats/Format.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { type NamedColumns, readColumns } from "../../src/formats/VoteColumns.ts"
import { VoteLook } from "../../src/formats/VoteLook.ts"
import type { VoteRow } from "../../src/formats/VoteRow.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { votesOfRow } from "../../src/formats/votesOfRow.ts"
import { lookOf } from "../contracts/format.ts"

/** How rows are read as votes, by the types of the first, as far as it is said, and the votes as "who verdict"; a flaw is its reason. */
const read = (rows: ReadonlyArray<Row>, named: NamedColumns = {}) => {
  const found = findVoteColumns(lookOf(rows.slice(0, 1)).columns, named)
  if (isProblem(found)) return assert.fail(found.found)
  const look = new VoteLook(found, undefined)
  for (const row of rows) look.add(row)
  const columns = look.settle(undefined)
  if (isProblem(columns)) return assert.fail(columns.found)
  const votes = rows.map((row, i) => {
    const into: Array<VoteRow> = []
    const flaw = votesOfRow(columns, row, i, null, into)
    return flaw?.reason ?? into.map(({ annotator, verdict }) => `${annotator ?? "nobody"} ${verdict ?? "unread"}`)
  })
  return { columns, votes }
}

/** Rows of the shapes that the cards of HelpSteer3 and HelpSteer2 show; made up. */
const steer3 = (overall: number, scores: ReadonlyArray<number>): Row => ({
  domain: "general",
  language: "english",
  context: [{ role: "user", content: "q" }],
  response1: "a",
  response2: "b",
  overall_preference: overall,
  individual_preference: scores.map((score) => ({ score, reasoning: "r", feedback1: "f", feedback2: "g" }))
})
const steer2 = (strength: number, all: ReadonlyArray<number>, similar: ReadonlyArray<number>): Row => ({
  split: "train",
  prompt: "q",
  response_1: "a",
  response_2: "b",
  preference_strength: strength,
  all_preferences_unprocessed: all.map((one) => ({ strength: one, justification: "j" })),
  three_most_similar_preferences: similar.map((one) => ({ statement: "s", elaboration: "e", strength: one }))
})

const without = (row: Row, name: string): Row => Object.fromEntries(Object.entries(row).filter(([key]) => key !== name))

describe("findOpinions", () => {
  it("findOpinions gives each opinion of HelpSteer3 as a vote of nobody, and the overall strength where there is none", () => {
    const { columns, votes } = read([steer3(-1, [-2, 0, 1]), steer3(2, [])])
    assert.deepStrictEqual(votes, [["nobody first", "nobody tie", "nobody second"], ["nobody second"]])
    assert.strictEqual(columns.format, "HelpSteer votes")
    assert.include(columns.said, "places in a list are not people")
    assert.includeMembers([...readColumns(columns)], ["individual_preference", "overall_preference"])
  })

  it("findOpinions takes all opinions of HelpSteer2 before the similar ones, and -100 for no verdict", () => {
    const rows = [steer2(-1, [-3, -1, 2, -100], [-3, -1, -1])]
    assert.deepStrictEqual(read(rows).votes, [["nobody first", "nobody first", "nobody second", "nobody unread"]])
    const fewer = rows.map((row) => without(row, "all_preferences_unprocessed"))
    assert.deepStrictEqual(read(fewer).votes, [["nobody first", "nobody first", "nobody first"]])
    const none = fewer.map((row) => without(row, "three_most_similar_preferences"))
    assert.deepStrictEqual(read(none).votes, [["nobody first"]])
  })

  it("findOpinions reads the votes of our own exports with their names, which conversion kept", () => {
    const exported = [["response2", "response2", "response1", "tie"], ["response1"]].map((values, i) => ({
      instruction: `q${i}`,
      response1: "a",
      response2: "b",
      "choice.responses": values,
      "choice.responses.users": values.map((_, u) => `u${u}`),
      "choice.responses.status": values.map(() => "submitted")
    }))
    const made = convertRows(argilla, trlPreference, lookOf(exported), exported)
    if (isRefusal(made)) return assert.fail(made.found)
    const { columns, votes } = read([...made.rows, { prompt: "p", chosen: "c", rejected: "d", votes: [] }])
    // The second reply was chosen in the first row, so its votes are for the first column.
    assert.deepStrictEqual(votes, [["u0 first", "u1 first", "u2 second", "u3 tie"], ["u0 first"], ["nobody first"]])
    assert.isFalse(columns.sidesRecorded)
    assert.include(columns.said, 'annotators are in the "annotator" of each')
  })

  it("findOpinions takes a list that is named, with or without who gave each, and no vote where it is empty", () => {
    const rows: ReadonlyArray<Row> = [
      {
        prompt: "q",
        response_a: "a",
        response_b: "b",
        said: [
          { pick: "A", who: "x" },
          { pick: "B", who: "y" }
        ]
      },
      { prompt: "q", response_a: "a", response_b: "b", said: [] }
    ]
    assert.deepStrictEqual(read(rows, { label: "said.pick", annotator: "said.who" }).votes, [
      ["x first", "y second"],
      "no vote"
    ])
    assert.deepStrictEqual(read(rows, { label: "said.pick" }).votes[0], ["nobody first", "nobody second"])
    const strength = read([steer3(-1, [3])], { label: "individual_preference.score" })
    assert.deepStrictEqual(strength.votes, [["nobody second"]])
  })

  it("findOpinions leaves lists alone that are something else, and where a person names labels or annotators", () => {
    const { columns } = lookOf([{ ...steer3(1, [1]), who: "w", votes: [{ annotator: "a", winner: 0 }] }])
    assert.isNull(findOpinions(columns, { label: [["overall_preference"]] }, false))
    assert.isNull(findOpinions(columns, { annotator: [["who"]] }, false))
    assert.strictEqual(findOpinions(columns, {}, true)?.path[0], "votes")
    const unlabelled = columns.filter(({ name }) => name !== "overall_preference")
    assert.isNull(findOpinions(unlabelled, {}, false))
    const other = lookOf([{ prompt: "p", chosen: "a", rejected: "b", votes: [{ user: "a", up: 1 }] }])
    assert.isNull(findOpinions(other.columns, {}, true))
    assert.deepStrictEqual(read([{ prompt: "p", chosen: "a", rejected: "b", votes: 3 }]).votes, [["nobody first"]])
  })

  it("findOpinions makes no vote of what stands in a list and is no opinion", () => {
    const row = steer3(1, [1])
    const odd = [null, 5, "x", [], {}, { score: null }]
    assert.deepStrictEqual(read([row, { ...row, individual_preference: odd }]).votes[1], ["nobody unread"])
    assert.deepStrictEqual(read([row, { ...row, individual_preference: "none" }]).votes[1], ["nobody second"])
  })
})
