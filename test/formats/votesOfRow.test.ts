import { assert, describe, it } from "@effect/vitest"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import type { NamedColumns, SeenColumn, VoteColumns } from "../../src/formats/VoteColumns.ts"
import { VoteLook } from "../../src/formats/VoteLook.ts"
import type { VoteRow } from "../../src/formats/VoteRow.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { votesOfRow } from "../../src/formats/votesOfRow.ts"

type Row = Readonly<Record<string, unknown>>

/** Columns of rows, with shapes from the first of them. */
const columnsOf = (rows: ReadonlyArray<Row>, named: NamedColumns = {}): VoteColumns => {
  const seen = Object.entries(rows[0]!).map(([name, value]): SeenColumn => ({
    name,
    columnType:
      typeof value === "string"
        ? { kind: "string", nullable: false }
        : typeof value === "number"
          ? { kind: "int", nullable: false }
          : null,
    shape: "turns"
  }))
  const found = findVoteColumns(seen, named)
  if (isProblem(found)) throw new Error(found.found)
  const look = new VoteLook(found, undefined)
  for (const row of rows) look.add(row)
  const settled = look.settle(undefined)
  if (isProblem(settled)) throw new Error(settled.found)
  return settled
}

const votes = (columns: VoteColumns, row: Row): ReadonlyArray<VoteRow> => {
  const into: Array<VoteRow> = []
  const flaw = votesOfRow(columns, row, 7, null, into)
  if (flaw !== undefined) throw new Error(flaw.reason)
  return into
}

const flawOf = (columns: VoteColumns, row: Row) => {
  const into: Array<VoteRow> = []
  const flaw = votesOfRow(columns, row, 0, null, into)
  assert.deepStrictEqual(into, [])
  return flaw?.reason
}

const user = (content: unknown) => ({ role: "user", content })
const assistant = (content: unknown) => ({ role: "assistant", content })

describe("votesOfRow", () => {
  it("votesOfRow reads the same vote from every form of chosen and rejected", () => {
    const forms: ReadonlyArray<Row> = [
      { prompt: "Q?", chosen: "yes", rejected: "no" },
      { prompt: [user("Q?")], chosen: [assistant("yes")], rejected: [assistant("no")] },
      { chosen: [user("Q?"), assistant("yes")], rejected: [user("Q?"), assistant("no")] },
      { prompt: "Q?", chosen: [user("Q?"), assistant("yes")], rejected: [user("Q?"), assistant("no")] },
      {
        conversations: [{ from: "human", value: "Q?" }],
        chosen: { from: "gpt", value: "yes" },
        rejected: { from: "gpt", value: "no" }
      },
      {
        chosen: [user([{ type: "text", text: "Q?" }]), assistant("yes")],
        rejected: [user([{ type: "text", value: "Q?" }]), assistant("no")]
      },
      { instruction: "Q?", input: "", chosen: "yes", rejected: "no" }
    ]
    const ids = forms.map((form) => {
      const [vote] = votes(columnsOf([form]), form)
      assert.deepInclude(vote!, {
        rowIndex: 7,
        prompt: "Q?",
        first: "yes",
        second: "no",
        verdict: "first",
        sidesRecorded: false
      })
      return vote!.pairId
    })
    assert.strictEqual(new Set(ids).size, 1)
  })

  it("votesOfRow cuts a conversation before its last answer", () => {
    const history = [{ role: "system", content: "S" }, user("a"), assistant("b"), user("c")]
    const row = { chosen: [...history, assistant("yes")], rejected: [...history, assistant("no")] }
    const [vote] = votes(columnsOf([row]), row)
    assert.strictEqual(vote!.prompt, "system: S\n\nuser: a\n\nassistant: b\n\nuser: c")
    assert.strictEqual(vote!.first, "yes")
  })

  it("votesOfRow compares whole conversations by what the user says in both", () => {
    const row = {
      conversation_a: [user("a"), assistant("1"), user("b"), assistant("2")],
      conversation_b: [user("a"), assistant("3"), user("b"), assistant("4")],
      winner: "model_b"
    }
    const [vote] = votes(columnsOf([row]), row)
    assert.deepInclude(vote!, { prompt: "user: a\n\nuser: b", verdict: "second", sidesRecorded: true })
    assert.include(vote!.first!, "assistant: 1")
  })

  it("votesOfRow gives one vote per annotator of a wide row, none where a cell is empty", () => {
    const row = {
      prompt: "p",
      output_1: "a",
      output_2: "b",
      annotator1: "1",
      annotator2: "",
      annotator3: "tie",
      annotator4: "2"
    }
    const found = votes(columnsOf([row, { ...row, annotator2: "unsure" }]), row)
    assert.deepStrictEqual(
      found.map(({ annotator, verdict }) => [annotator, verdict]),
      [
        ["annotator1", "first"],
        ["annotator3", "tie"],
        ["annotator4", "second"]
      ]
    )
    assert.strictEqual(new Set(found.map(({ pairId }) => pairId)).size, 1)
    const columns = columnsOf([row])
    assert.strictEqual(flawOf(columns, { ...row, annotator1: "", annotator3: null, annotator4: "" }), "no vote")
  })

  it("votesOfRow keeps a vote whose label cannot be read, without verdict", () => {
    const row = { prompt: "p", output_1: "a", output_2: "b", label: "1" }
    const columns = columnsOf([row, { ...row, label: "2" }])
    assert.isNull(votes(columns, { ...row, label: "never seen" })[0]!.verdict)
    assert.isNull(votes(columns, { ...row, label: null })[0]!.verdict)
  })

  it("votesOfRow reads scores, with null for what is no finite number", () => {
    const row = { prompt: "p", chosen: "a", rejected: "b", score_chosen: 7.5, score_rejected: "3" }
    const columns = columnsOf([row])
    assert.deepInclude(votes(columns, row)[0]!, { scoreFirst: 7.5, scoreSecond: 3 })
    assert.deepInclude(votes(columns, { ...row, score_chosen: "", score_rejected: "n/a" })[0]!, {
      scoreFirst: null,
      scoreSecond: null
    })
  })

  it("votesOfRow takes numbers and booleans for their text", () => {
    const row = { prompt: "p", chosen: "a", rejected: "b" }
    assert.deepInclude(votes(columnsOf([row]), { prompt: 3, chosen: true, rejected: 0 })[0]!, {
      prompt: "3",
      first: "true",
      second: "0"
    })
  })

  it("votesOfRow names what is wrong with a row", () => {
    const row = { prompt: "p", chosen: "a", rejected: "b", annotator: "x" }
    const columns = columnsOf([row])
    assert.strictEqual(flawOf(columns, { ...row, chosen: null }), "no text")
    assert.strictEqual(flawOf(columns, { ...row, prompt: null }), "no prompt")
    assert.strictEqual(flawOf(columns, { ...row, annotator: null }), "no name")
    assert.strictEqual(flawOf(columns, { ...row, rejected: "\ud800" }), "lone surrogate")
    assert.strictEqual(flawOf(columns, { ...row, rejected: Symbol("bytes") }), "invalid UTF-8")
    assert.strictEqual(flawOf(columns, { ...row, rejected: [] }), "no text")
    assert.strictEqual(flawOf(columns, { ...row, rejected: [{ role: "user" }] }), "no text")
    assert.strictEqual(flawOf(columns, { ...row, rejected: [3] }), "wrong type")
    const implicit = { chosen: [user("a"), assistant("x")], rejected: [user("a"), assistant("y")] }
    const turns = columnsOf([implicit])
    assert.strictEqual(flawOf(turns, { ...implicit, rejected: [user("b"), assistant("y")] }), "different prompts")
    assert.strictEqual(flawOf(turns, { ...implicit, rejected: [user("b")] }), "no assistant turn")
  })

  it("votesOfRow tells sides without texts by name, or by their place in the pair", () => {
    const row = { id: 4, worker: "w", model_a: "m1", model_b: "m2", winner: "a" }
    const columns = columnsOf([row])
    const [one] = votes(columns, row)
    const [swapped] = votes(columns, { ...row, model_a: "m2", model_b: "m1" })
    assert.deepInclude(one!, { pairId: "4", first: "m1", second: "m2", promptId: null })
    assert.strictEqual(one!.firstId, swapped!.secondId)
    const bare = { id: 4, worker: "w", winner: "a" }
    const [four] = votes(columnsOf([bare]), bare)
    const [five] = votes(columnsOf([bare]), { ...bare, id: 5 })
    assert.deepInclude(four!, { first: null, second: null })
    assert.strictEqual(new Set([four!.firstId, four!.secondId, five!.firstId, five!.secondId]).size, 4)
  })

  it("votesOfRow takes columns of models beside texts for who wrote them, and null where nobody is named", () => {
    const row = { prompt: "q", response_a: "x", response_b: "y", model_a: "m1", model_b: "", winner: "a" }
    const columns = columnsOf([row, { ...row, winner: "b" }])
    assert.deepInclude(votes(columns, row)[0]!, { first: "x", second: "y", models: ["m1", null] })
    assert.include(columns.said, 'models are "model_a" and "model_b"')
    const chosen = { prompt: "q", chosen: "x", rejected: "y", chosen_model: "m1", rejected_model: "m2" }
    assert.deepStrictEqual(votes(columnsOf([chosen]), chosen)[0]!.models, ["m1", "m2"])
  })

  it("votesOfRow reads what is right like the label, and the family of the annotator", () => {
    const rows = [
      { pair: "p", who: "a", winner: "1", gold: "2", model: "m" },
      { pair: "p", who: "b", winner: "2", gold: "", model: 7 },
      { pair: "q", who: "b", winner: "2", gold: "1", model: "" }
    ]
    const columns = columnsOf(rows, { annotator: "who", truth: "gold", family: "model" })
    const read = rows.map((row) => votes(columns, row)[0]!)
    assert.deepStrictEqual(
      read.map(({ family, truth, verdict }) => [verdict, truth, family]),
      [
        ["first", "second", "m"],
        ["second", null, "7"],
        ["second", "first", undefined]
      ]
    )
    assert.notProperty(votes(columnsOf(rows, { annotator: "who" }), rows[0]!)[0]!, "truth")
  })
})
