import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { argilla } from "../../src/formats/argilla.ts"
import { FormatFlaw, isRefusal, type Preference, type Row } from "../../src/formats/Format.ts"
import { recogniseFormat } from "../../src/formats/recogniseFormat.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlUnpaired } from "../../src/formats/trlUnpaired.ts"
import { votes } from "../../src/formats/votes.ts"
import { formatContract, lookOf, readRows, refusalOf } from "../contracts/format.ts"

formatContract({
  format: argilla,
  kind: "pair",
  style: "messages",
  fields: ["id", "models", "scores", "margin", "candidateIds", "votes", "refLogProbs", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true
})

// The rows below are made up in the forms that Argilla's own code writes; the sources are named at readAnswers.

/** A row of a flat export of Argilla 2, see `GenericIO._record_to_dict`. */
const flat = (answers: Row, more: Row = {}): Row => ({
  id: "r1",
  status: "completed",
  _server_id: "s1",
  instruction: "Say hello",
  response1: "Hello",
  response2: "Hi",
  ...answers,
  ...more
})

const answered = (question: string, values: ReadonlyArray<unknown>, statuses?: ReadonlyArray<string | null>): Row => ({
  [`${question}.responses`]: values,
  [`${question}.responses.users`]: values.map((_, i) => `user ${i}`),
  [`${question}.responses.status`]: statuses ?? values.map(() => "submitted")
})

const readOne = (row: Row): Preference => {
  const [read] = readRows(argilla, [row])
  return typeof read === "object" ? read : assert.fail(String(read))
}

const ranksOf = ({ candidates }: Preference) => candidates.map(({ rank }) => rank)
const winnersOf = (record: Preference) => record.votes.map(({ winner }) => winner)

const flawOf = (row: Row, bad: Row): FormatFlaw => {
  const reader = argilla.reader(lookOf([row]))
  if (isRefusal(reader)) return assert.fail(reader.found)
  const read = reader.read(bad)
  return read instanceof FormatFlaw ? read : assert.fail("was read")
}

describe("argilla", () => {
  it("argilla reads the labels of several annotators of Argilla 2: a vote each, ranks of the majority, and ties", () => {
    const record = readOne(flat(answered("preference", ["response2", "Response 2", "response1", "tie"])))
    assert.deepStrictEqual(record.votes, [
      { annotator: "user 0", winner: 1 },
      { annotator: "user 1", winner: 1 },
      { annotator: "user 2", winner: 0 },
      { annotator: "user 3", winner: null }
    ])
    assert.deepStrictEqual(ranksOf(record), [1, 0])
    assert.strictEqual(record.id, "r1")
    assert.strictEqual(record.context[0]!.content, "Say hello")
    assert.deepStrictEqual(record.extra, { status: "completed", _server_id: "s1" })
    assert.deepStrictEqual(ranksOf(readOne(flat(answered("preference", ["response2", "response1"])))), [0, 0])
  })

  it("argilla ranks two replies by the majority of the first, the second and tie, as votes of other files are pooled", () => {
    const ranks = (...labels: ReadonlyArray<string>) => ranksOf(readOne(flat(answered("preference", labels))))
    assert.deepStrictEqual(ranks("response1", "tie", "tie"), [0, 0])
    assert.deepStrictEqual(ranks("response2", "tie"), [0, 0])
    assert.deepStrictEqual(ranks("response2", "response2", "response1", "tie"), [1, 0])
    assert.deepStrictEqual(ranks("response1", "response1", "response2", "response2", "tie"), [0, 0])
    const ranked = (...opinions: ReadonlyArray<readonly [number, number]>) =>
      opinions.map((ranking, i) => ({
        user_id: `u${i}`,
        value: ranking.map((rank, reply) => ({ rank, value: `response${reply + 1}` })),
        status: "submitted"
      }))
    const fields = { prompt: "p", response1: "a", response2: "b" }
    assert.deepStrictEqual(ranksOf(readOne({ ...fields, preference: ranked([2, 1], [1, 1], [1, 1]) })), [0, 0])
    assert.deepStrictEqual(ranksOf(readOne({ ...fields, preference: ranked([2, 1], [3, 1], [1, 1]) })), [1, 0])
  })

  it("argilla reads rankings of Argilla 2, which are labels in their order, and chats as prompts", () => {
    const chat = [
      { role: "system", content: "s" },
      { role: "user", content: "q" }
    ]
    const row = flat(answered("ranking", [["response2", "response1"]]), { instruction: undefined, chat })
    const record = readOne(JSON.parse(JSON.stringify(row)) as Row)
    assert.deepStrictEqual(ranksOf(record), [1, 0])
    assert.deepStrictEqual(
      record.context.map(({ role }) => role),
      ["system", "user"]
    )
    assert.strictEqual(record.style, "messages")
  })

  it("argilla reads rankings of Argilla 1 with ties, as lists of structs, as structs of lists, and answers as either", () => {
    const fields = { prompt: "p", response1: "a", response2: "b", external_id: "e", metadata: "{}" }
    const asList = (ranks: readonly [number, number]) => [
      { rank: ranks[0], value: "response1" },
      { rank: ranks[1], value: "response2" }
    ]
    const asLists = (ranks: readonly [number, number]) => ({ rank: ranks, value: ["response1", "response2"] })
    for (const ranking of [asList, asLists]) {
      const given = (
        [
          [1, 1],
          [2, 1],
          [2, 1]
        ] as const
      ).map((ranks, i) => ({ user_id: `u${i}`, value: ranking(ranks), status: "submitted" }))
      const asStruct = {
        user_id: given.map(({ user_id }) => user_id),
        value: given.map(({ value }) => value),
        status: given.map(({ status }) => status)
      }
      for (const preference of [given, asStruct]) {
        const record = readOne({ ...fields, preference })
        assert.deepStrictEqual(winnersOf(record), [null, 1, 1])
        assert.deepStrictEqual(ranksOf(record), [1, 0])
        assert.strictEqual(record.id, "e")
        assert.deepStrictEqual(record.extra, { metadata: "{}" })
      }
    }
  })

  it("argilla takes ratings of each reply for scores, and their means for the order", () => {
    const record = readOne({
      input: "q",
      response_1: "a",
      response_2: "b",
      rating_1: [
        { user_id: "u", value: 2, status: "submitted" },
        { user_id: "v", value: 5, status: "submitted" }
      ],
      rating_2: [
        { user_id: "v", value: 4, status: "submitted" },
        { user_id: "u", value: 2, status: "submitted" }
      ],
      rationale_1: [{ user_id: "u", value: "because", status: "submitted" }]
    })
    assert.deepStrictEqual(
      record.candidates.map(({ score }) => score),
      [3.5, 3]
    )
    assert.deepStrictEqual(ranksOf(record), [0, 1])
    assert.deepStrictEqual(record.votes, [
      { annotator: "u", winner: null },
      { annotator: "v", winner: 0 }
    ])
    assert.hasAllKeys(record.extra, ["rationale_1"])
  })

  it("argilla reads the questions that distilabel makes, one for each generation, and more than two replies", () => {
    const row: Row = {
      instruction: "q",
      "generation-0": "a",
      "generation-1": "b",
      "generation-2": "c",
      ...answered("generation-0-rating", [3, 1]),
      ...answered("generation-1-rating", [5, 1]),
      ...answered("generation-2-rating", [4, 2]),
      ...answered("generation-0-rationale", ["r"])
    }
    const record = readOne(row)
    assert.strictEqual(record.kind, "ranked")
    assert.deepStrictEqual(
      record.candidates.map(({ rank, score }) => [score, rank]),
      [
        [2, 2],
        [3, 0],
        [3, 0]
      ]
    )
    assert.deepStrictEqual(winnersOf(record), [1, 2])
  })

  it("argilla ranks more than two replies by the sum of places, and makes no vote of a shared first place", () => {
    const row: Row = { prompt: "q", reply_1: "a", reply_2: "b", reply_3: "c" }
    const ranking = (...ranks: ReadonlyArray<number>) => ranks.map((rank, i) => ({ rank, value: `reply-${i + 1}` }))
    const answers = [ranking(1, 2, 3), ranking(2, 1, 3), ranking(1, 1, 3), ranking(1, 1, 1)]
    const record = readOne({
      ...row,
      "reply-ranking": answers.map((value, i) => ({ user_id: `u${i}`, value, status: "submitted" }))
    })
    assert.deepStrictEqual(ranksOf(record), [0, 0, 2])
    assert.deepStrictEqual(record.votes, [
      { annotator: "u0", winner: 0 },
      { annotator: "u1", winner: 1 },
      { annotator: "u3", winner: null }
    ])
  })

  it("argilla leaves votes for a third reply out of a pair, of which they say nothing", () => {
    const row: Row = { prompt: "q", reply_1: "a", reply_2: "b", reply_3: "c" }
    const orders = [
      ["reply_1", "reply_2", "reply_3"],
      ["reply_1", "reply_3", "reply_2"],
      ["reply_2", "reply_1", "reply_3"]
    ]
    const rows = [{ ...row, ...answered("ranking", orders) }]
    const made = convertRows(argilla, trlPreference, lookOf(rows), rows)
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepStrictEqual(made.rows, [
      {
        prompt: "q",
        chosen: "a",
        rejected: "c",
        votes: [
          { annotator: "user 0", winner: 0 },
          { annotator: "user 1", winner: 0 }
        ]
      }
    ])
  })

  it("argilla reads the nested export of Argilla 2, which has no status", () => {
    const row: Row = {
      id: "r",
      fields: { prompt: "p", response1: "a", response2: "b", source: "s" },
      metadata: { year: 2024 },
      responses: { preference: [{ value: "response2", user_id: "u" }] },
      suggestions: { preference: { value: "response1", score: 0.5, agent: "gpt" } },
      vectors: {},
      _server_id: "x"
    }
    const record = readOne(row)
    assert.deepStrictEqual(record.votes, [
      { annotator: "u", winner: 1 },
      { annotator: "suggestion:gpt", winner: 0 }
    ])
    assert.deepStrictEqual(ranksOf(record), [1, 0])
    assert.deepInclude(record.extra, { metadata: { year: 2024 }, suggestions: row["suggestions"] })
    const reader = argilla.reader(lookOf([row]))
    assert.deepStrictEqual("holding" in reader ? reader.holding.unkept : null, ["fields.source"])
  })

  it("argilla counts drafts and discarded answers without using them, and refuses a row that has nothing else", () => {
    const values = ["response2", "response1", "response1", "response1"]
    const row = flat(answered("preference", values, ["submitted", "draft", "discarded", null]))
    const reader = argilla.reader(lookOf([row]))
    if (isRefusal(reader)) return assert.fail(reader.found)
    for (let i = 0; i < 2; i++) {
      const read = reader.read(row)
      assert.deepStrictEqual(read instanceof FormatFlaw ? read : winnersOf(read), [1])
    }
    assert.deepStrictEqual(
      [...reader.remarks!],
      [
        ["answers not used: draft", 2],
        ["answers not used: discarded", 2],
        ["answers not used: without status", 2]
      ]
    )
    const flaw = flawOf(row, flat(answered("preference", ["response1"], ["draft"])))
    assert.deepStrictEqual([flaw.reason, flaw.found], ["no submitted answer", "no answer but 1 draft"])
    assert.strictEqual(flawOf(row, flat({})).found, "no answer")
  })

  it("argilla marks suggestions, keeps their columns, and ranks nothing by them", () => {
    const suggestion = {
      "preference.suggestion": "response1",
      "preference.suggestion.agent": "gpt",
      "preference.suggestion.score": 0.9
    }
    const record = readOne(flat({ ...answered("preference", ["response2"]), ...suggestion }))
    assert.deepStrictEqual(record.votes[1], { annotator: "suggestion:gpt", winner: 0 })
    assert.deepStrictEqual(ranksOf(record), [1, 0])
    assert.deepInclude(record.extra, suggestion)
    const alone = readOne(flat({ ...answered("preference", []), ...suggestion }))
    assert.deepStrictEqual(ranksOf(alone), [null, null])
    assert.strictEqual(refusalOf(argilla, alone), "no order")
    assert.isNull(refusalOf(votes, alone, ["votes"]))
    const older = readOne({
      prompt: "p",
      response1: "a",
      response2: "b",
      preference: [],
      "preference-suggestion": { rank: [2, 1], value: ["response1", "response2"] },
      "preference-suggestion-metadata": { type: "model", score: null, agent: null }
    })
    assert.deepStrictEqual(older.votes, [{ annotator: "suggestion", winner: 1 }])
  })

  it("argilla refuses answers that name no reply, lists of unequal lengths, missing texts and other types", () => {
    const row = flat(answered("preference", ["response1"]))
    const reasons = [
      flat(answered("preference", ["response3"])),
      flat({ ...answered("preference", ["response1"]), "preference.responses.users": [] }),
      flat({ "preference.responses": "response1" }),
      flat(answered("preference", ["response1"]), { response2: null }),
      flat(answered("preference", ["response1"]), { instruction: null })
    ].map((bad) => {
      const { column, reason } = flawOf(row, bad)
      return [reason, column]
    })
    assert.deepStrictEqual(reasons, [
      ["unknown answer", "preference"],
      ["unequal lengths", "preference.responses"],
      ["wrong type", "preference.responses"],
      ["missing text", "response2"],
      ["missing text", "instruction"]
    ])
  })

  it("argilla says what is wrong with exports of any values, and throws at none", () => {
    const nested = {
      id: "r",
      fields: { prompt: "p", response1: "a", response2: "b" },
      responses: { preference: [{ value: "response2", user_id: "u" }] },
      suggestions: {}
    }
    const ratings = {
      prompt: "p",
      response1: "a",
      response2: "b",
      rating1: [{ user_id: "u", value: 2, status: "submitted" }],
      rating2: { user_id: ["u"], value: [1], status: ["submitted"] }
    }
    const odd = [
      null,
      5,
      "x",
      true,
      [],
      [null],
      [[]],
      {},
      [{}],
      [5],
      { value: 5 },
      { value: [5], rank: 5 },
      { value: [null], user_id: [{}] },
      [{ value: [{ rank: "x", value: {} }], user_id: 5, status: "submitted" }]
    ]
    for (const row of [
      flat({ ...answered("preference", ["response1"]), "preference.suggestion": "response2" }),
      nested,
      ratings,
      { prompt: "p", response: "a", ...answered("quality", ["good"]) }
    ] as ReadonlyArray<Row>) {
      const reader = argilla.reader(lookOf([row]))
      if (isRefusal(reader)) return assert.fail(reader.found)
      for (const name of Object.keys(row)) {
        for (const value of odd) {
          const read = reader.read({ ...row, [name]: value })
          if (!(read instanceof FormatFlaw)) continue
          assert.match(read.reason, /^[a-z]/)
          assert.isTrue(read.found !== "" && read.wanted !== "" && read.column !== null)
        }
      }
    }
  })

  it("argilla takes a bare number for a choice only where the question is about one, and counting from 0 is seen", () => {
    const fields = { instruction: "q", "response-1": "a", "response-2": "b" }
    const asked = (question: string, values: ReadonlyArray<number>, base: Row = fields) =>
      readRows(argilla, [
        { ...base, [question]: values.map((value, i) => ({ user_id: `u${i}`, value, status: "submitted" })) }
      ])[0]!
    const chosen = asked("choose-best", [2, 2, 1])
    assert.deepStrictEqual(typeof chosen === "object" ? winnersOf(chosen) : chosen, [1, 1, 0])
    assert.include(
      JSON.stringify(asked("quality", [2, 1])),
      "no question whose answers in the first rows name, rank or rate"
    )
    const fromZero = { instruction: "q", "response-0": "a", "response-1": "b" }
    assert.include(JSON.stringify(asked("choose-best", [1, 1], fromZero)), "no question")
    const settled = asked("choose-best", [1, 0], fromZero)
    assert.deepStrictEqual(typeof settled === "object" ? winnersOf(settled) : settled, [1, 0])
  })

  it("argilla says what is missing or could be meant where an export cannot be read", () => {
    const found = (row: Row) => {
      const reader = argilla.reader(lookOf([row]))
      return isRefusal(reader) ? reader.found : assert.fail("was taken")
    }
    const label = answered("preference", ["response1"])
    assert.include(found({ instruction: "q", text: "a", ...answered("rating", [3]) }), "no two fields with replies")
    assert.include(found({ topic: "q", response1: "a", response2: "b", ...label }), "no field with the prompt")
    assert.include(found(flat({ ...label, ...answered("honesty", ["response1"]) })), `"honesty" could all be meant`)
    const ratings = ["length", "style"].flatMap((name) => [1, 2].map((i) => answered(`${name}-${i}`, [i])))
    assert.include(found(flat(Object.assign({}, ...ratings) as Row)), "could all be meant")
  })

  it("argilla reads a reply that several people called good or bad, by the majority, and keeps who said what", () => {
    // As distilabel's TextGenerationToArgilla sets it up; its id is that of the instruction.
    const row = (values: ReadonlyArray<unknown>, statuses?: ReadonlyArray<string>): Row => ({
      id: "h",
      status: "completed",
      instruction: "Say hello",
      generation: "Hello",
      ...answered("quality", values, statuses)
    })
    const record = readOne(row(["good", "bad", "good"]))
    assert.strictEqual(record.kind, "unpaired")
    assert.deepStrictEqual(
      record.candidates.map(({ label, messages }) => [messages[0]!.content, label]),
      [["Hello", true]]
    )
    assert.strictEqual(record.context[0]!.content, "Say hello")
    assert.deepInclude(record.extra, {
      "quality.responses": ["good", "bad", "good"],
      "quality.responses.users": ["user 0", "user 1", "user 2"]
    })
    assert.isFalse(readOne(row(["👎"])).candidates[0]!.label)
    const first = row(["good"])
    assert.deepStrictEqual(
      [
        row(["good", "bad"]),
        row([]),
        row(["good"], ["draft"]),
        row(["so so"]),
        { ...row(["good"]), generation: null },
        { ...row(["good"]), instruction: 5 }
      ].map((bad) => flawOf(first, bad).reason),
      ["tie", "no submitted answer", "no submitted answer", "unknown answer", "missing text", "wrong type"]
    )
    const made = convertRows(argilla, trlUnpaired, lookOf([first]), [
      first,
      row(["bad", "good"], ["submitted", "draft"])
    ])
    if (isRefusal(made)) return assert.fail(made.found)
    assert.deepStrictEqual(
      made.rows.map(({ completion, label, prompt }) => [prompt, completion, label]),
      [
        ["Say hello", "Hello", true],
        ["Say hello", "Hello", false]
      ]
    )
    assert.deepStrictEqual(made.lost, [])
  })

  it("argilla reads single replies at the end of a chat, in nested exports, and answers of Argilla 1", () => {
    const chat = [
      { role: "user", content: "q" },
      { role: "assistant", content: "a" }
    ]
    const nested: Row = {
      id: "r",
      fields: { chat, source: "s" },
      responses: { is_helpful: [{ value: "yes", user_id: "u" }] },
      suggestions: { is_helpful: { value: "no", agent: "gpt" } }
    }
    const record = readOne(nested)
    assert.deepStrictEqual(
      [record.context.length, record.candidates[0]!.messages[0]!.content, record.candidates[0]!.label],
      [1, "a", true]
    )
    const reader = argilla.reader(lookOf([nested]))
    assert.deepStrictEqual("holding" in reader ? reader.holding.unkept : null, ["fields.source"])
    assert.strictEqual(flawOf(nested, { ...nested, fields: { chat: chat.slice(0, 1) } }).reason, "no reply")
    const older = readOne({
      prompt: "q",
      response: "a",
      "Is the answer correct?": [{ user_id: "u", value: "No", status: "submitted" }]
    })
    assert.isFalse(older.candidates[0]!.label)
  })

  it("argilla guesses no threshold of a rating and no meaning of a label, and says what is missing", () => {
    const found = (question: string, values: ReadonlyArray<unknown>, more: Row = {}) => {
      const reader = argilla.reader(
        lookOf([{ instruction: "q", response: "a", ...answered(question, values), ...more }])
      )
      return isRefusal(reader) ? reader.found : "was taken"
    }
    assert.include(found("rating", [2, 5]), `"rating" is rated from 2 to 5 in the first rows, and nothing says`)
    for (const question of ["harmful", "is_not_good", "unhelpful", "answered", "is_good_or_bad"]) {
      assert.include(found(question, ["yes", "no"]), "its name does not say that yes is good", question)
    }
    for (const question of ["is_good", "helpful", "Correct?"]) {
      assert.strictEqual(found(question, ["yes", "no"]), "was taken", question)
    }
    assert.include(found("topic", ["math", "code"]), `"topic" is answered by "math", "code"`)
    assert.include(found("label", ["positive", "negative"]), `"label" is answered by "positive", "negative"`)
    assert.include(found("quality", []), `"quality" has no answer in the first rows`)
    assert.include(found("quality", ["good"], answered("correctness", ["bad"])), `"correctness" could all be meant`)
    assert.include(found("quality", ["good", "bad", "fair"]), `"quality" is answered by "good", "bad", "fair"`)
  })

  it("argilla is recognised by its exports and not by tables that only look like them", () => {
    const name = (row: Row) => {
      const recognised = recogniseFormat(lookOf([row]))
      return "format" in recognised ? recognised.format.name : null
    }
    assert.strictEqual(name(flat(answered("preference", ["response1"]))), "argilla")
    assert.strictEqual(name({ instruction: "q", generation: "a", ...answered("quality", ["good"]) }), "argilla")
    assert.isNull(name({ instruction: "q", generation: "a", ...answered("rating", [4]) }))
    assert.strictEqual(
      name({ prompt: "p", chosen: "a", rejected: "b", votes: [{ annotator: "w", winner: 0 }] }),
      "trl-preference"
    )
    assert.isNull(name({ instruction: "q", response1: "a", response2: "b" }))
  })
})
