import { assert, describe, it } from "@effect/vitest"
import type * as Columns from "../../src/Columns.ts"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { type NamedColumns, readColumns, type SeenColumn } from "../../src/formats/VoteColumns.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"

const text: Columns.ColumnType = { kind: "string", nullable: false }
const int: Columns.ColumnType = { kind: "int", nullable: true }
const struct = (fields: Readonly<Record<string, Columns.ColumnType>>): Columns.ColumnType => ({
  kind: "struct",
  nullable: false,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const list = (element: Columns.ColumnType): Columns.ColumnType => ({ kind: "list", nullable: false, element })
const turns = list(struct({ content: text, role: text }))
const said = struct({ from: text, value: text })

const seen = (types: Readonly<Record<string, Columns.ColumnType>>): ReadonlyArray<SeenColumn> =>
  Object.entries(types).map(([name, columnType]) => ({ name, columnType }))

const texts = (...names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, text]))

const found = (types: Readonly<Record<string, Columns.ColumnType>>, named: NamedColumns = {}) => {
  const columns = findVoteColumns(seen(types), named)
  if (isProblem(columns)) throw new Error(`${columns.found}; ${columns.remedy}`)
  return columns
}

const refused = (types: Readonly<Record<string, Columns.ColumnType>>, named: NamedColumns = {}) => {
  const columns = findVoteColumns(seen(types), named)
  return isProblem(columns) ? `${columns.found}; ${columns.remedy}` : "columns were found"
}

const show = (types: Readonly<Record<string, Columns.ColumnType>>) => {
  const { annotator, format, labels, pair, prompt, promptFrom, scoreFirst, scoreSecond, sides, sidesRecorded } =
    found(types)
  return {
    format,
    prompt: prompt.map((path) => path.join(".")),
    from: promptFrom,
    sides: sides === null ? null : [sides.first.join("."), sides.second.join(".")],
    labels: labels.map(({ path }) => path.join(".")),
    annotator: annotator.map((path) => path.join(".")),
    ...(pair.length === 0 ? {} : { pair: pair.map((path) => path.join(".")) }),
    ...(scoreFirst === null ? {} : { scores: [scoreFirst.join("."), scoreSecond?.join(".")] }),
    sidesRecorded
  }
}

const chosen = { sides: ["chosen", "rejected"], labels: [], annotator: [], sidesRecorded: false }

describe("findVoteColumns", () => {
  it.each([
    [
      "TRL explicit, standard",
      texts("prompt", "chosen", "rejected"),
      { ...chosen, format: "TRL preference, explicit prompt", prompt: ["prompt"], from: "columns" }
    ],
    [
      "TRL explicit, conversational",
      { prompt: turns, chosen: turns, rejected: turns },
      { ...chosen, format: "TRL preference, explicit prompt", prompt: ["prompt"], from: "columns" }
    ],
    [
      "TRL implicit, conversational",
      { chosen: turns, rejected: turns },
      { ...chosen, format: "TRL preference, implicit prompt", prompt: [], from: "turns" }
    ],
    [
      "TRL implicit, standard, and HH-RLHF",
      texts("chosen", "rejected"),
      { ...chosen, format: "chosen and rejected texts", prompt: [], from: "transcripts?" }
    ],
    [
      "UltraFeedback binarized",
      {
        ...texts("prompt", "prompt_id"),
        chosen: turns,
        rejected: turns,
        messages: turns,
        score_chosen: int,
        score_rejected: int
      },
      {
        ...chosen,
        format: "UltraFeedback binarized",
        prompt: ["prompt"],
        from: "columns",
        scores: ["score_chosen", "score_rejected"]
      }
    ],
    [
      "plain CSV with annotators",
      texts("prompt", "chosen", "rejected", "annotator"),
      {
        ...chosen,
        format: "TRL preference, explicit prompt",
        prompt: ["prompt"],
        from: "columns",
        annotator: ["annotator"]
      }
    ],
    [
      "OpenAI preference",
      { input: struct({ messages: turns }), preferred_output: turns, non_preferred_output: turns },
      {
        ...chosen,
        format: "OpenAI preference",
        prompt: ["input.messages"],
        from: "columns",
        sides: ["preferred_output", "non_preferred_output"]
      }
    ],
    [
      "LLaMA-Factory alpaca",
      texts("instruction", "input", "chosen", "rejected", "system"),
      {
        ...chosen,
        format: "LLaMA-Factory alpaca ranking",
        prompt: ["system", "instruction", "input"],
        from: "columns"
      }
    ],
    [
      "LLaMA-Factory sharegpt",
      { conversations: list(said), chosen: said, rejected: said },
      { ...chosen, format: "LLaMA-Factory sharegpt ranking", prompt: ["conversations"], from: "columns" }
    ],
    [
      "HelpSteer3",
      { context: turns, ...texts("domain", "response1", "response2"), overall_preference: int },
      {
        format: "HelpSteer votes",
        prompt: ["context"],
        from: "columns",
        sides: ["response1", "response2"],
        labels: ["overall_preference"],
        annotator: [],
        sidesRecorded: true
      }
    ],
    [
      "HelpSteer2",
      { ...texts("prompt", "response_1", "response_2", "split"), preference_strength: int },
      {
        format: "HelpSteer votes",
        prompt: ["prompt"],
        from: "columns",
        sides: ["response_1", "response_2"],
        labels: ["preference_strength"],
        annotator: [],
        sidesRecorded: true
      }
    ],
    [
      "PandaLM",
      { ...texts("instruction", "input", "response1", "response2"), idx: int, annotator1: int, annotator2: int },
      {
        format: "PandaLM votes",
        prompt: ["instruction", "input"],
        from: "columns",
        sides: ["response1", "response2"],
        labels: ["annotator1", "annotator2"],
        annotator: [],
        sidesRecorded: true
      }
    ],
    [
      "Auto-J",
      { ...texts("scenario", "prompt", "response 1", "response 2"), label: int },
      {
        format: "Auto-J votes",
        prompt: ["prompt"],
        from: "columns",
        sides: ["response 1", "response 2"],
        labels: ["label"],
        annotator: [],
        sidesRecorded: true
      }
    ],
    [
      "SHP",
      { ...texts("post_id", "history", "human_ref_A", "human_ref_B"), labels: int, score_A: int, score_B: int },
      {
        format: "SHP votes",
        prompt: ["history"],
        from: "columns",
        sides: ["human_ref_A", "human_ref_B"],
        labels: ["labels"],
        annotator: [],
        scores: ["score_A", "score_B"],
        sidesRecorded: true
      }
    ],
    [
      "whole conversations with a judge",
      {
        ...texts("question_id", "model_a", "model_b", "winner", "judge"),
        conversation_a: turns,
        conversation_b: turns
      },
      {
        format: "long votes, one row per vote",
        prompt: [],
        from: "user turns",
        sides: ["conversation_a", "conversation_b"],
        labels: ["winner"],
        annotator: ["judge"],
        sidesRecorded: true
      }
    ],
    [
      "long votes without texts",
      { id: int, prompt: int, model_x: int, model_y: int, worker: int, winner: text },
      {
        format: "long votes, one row per vote",
        prompt: ["prompt"],
        from: "columns",
        sides: ["model_x", "model_y"],
        labels: ["winner"],
        annotator: ["worker"],
        pair: ["id"],
        sidesRecorded: true
      }
    ],
    [
      "ids that count within a subset",
      { subset: text, item: int, annotator: text, label: int },
      {
        format: "long votes, one row per vote",
        prompt: [],
        from: "nowhere",
        sides: null,
        labels: ["label"],
        annotator: ["annotator"],
        pair: ["subset", "item"],
        sidesRecorded: true
      }
    ]
  ])("findVoteColumns recognises %s", (_, types: Readonly<Record<string, Columns.ColumnType>>, expected) => {
    assert.deepStrictEqual(show(types), expected as ReturnType<typeof show>)
  })

  it("findVoteColumns does not take the id of a row for that of a pair where there are texts", () => {
    assert.deepStrictEqual(found(texts("id", "prompt", "chosen", "rejected")).pair, [])
    assert.deepStrictEqual(found(texts("pair_id", "prompt", "chosen", "rejected")).pair, [["pair_id"]])
  })

  it.each([
    ["two annotators", texts("prompt", "chosen", "rejected", "worker", "judge"), '"worker" and "judge"', "--annotator"],
    [
      "sides without a verdict",
      texts("prompt", "response_a", "response_b"),
      "none that says which is better",
      "--label"
    ],
    [
      "two pairs of sides",
      texts("chosen", "rejected", "response_a", "response_b"),
      "chosen and rejected; response_a and response_b",
      "--chosen and --rejected"
    ],
    ["two labels", texts("output_1", "output_2", "label", "winner"), '"label" and "winner"', "--label"],
    [
      "wide votes and a label",
      texts("output_1", "output_2", "label", "annotator1", "annotator2"),
      '"label"',
      "--label"
    ],
    ["two prompts", texts("question", "context", "chosen", "rejected"), '"question" and "context"', "--prompt"],
    ["no votes", texts("text", "quality"), "the columns text, quality", "--chosen and --rejected"],
    ["three numbered sides without a label", texts("response_0", "response_1", "response_2"), "response_0", "--label"],
    ["votes about nothing", texts("messages", "label"), "neither texts nor the id", "--pair"],
    [
      "judges in several columns",
      texts("item", "judge_model", "judge_prompt", "winner"),
      '"judge_model"',
      "--annotator"
    ]
  ])(
    "findVoteColumns refuses %s and names the flag",
    (_, types: Readonly<Record<string, Columns.ColumnType>>, what, flag) => {
      const message = refused(types)
      assert.include(message, what)
      assert.include(message, flag)
    }
  )

  it("findVoteColumns puts what is named before what is recognised", () => {
    const columns = found(
      { ...texts("prompt", "q", "chosen", "rejected", "worker"), meta: struct({ who: text }), s: int, t: int },
      { prompt: "q", annotator: "meta.who", scoreChosen: "s", scoreRejected: "t" }
    )
    assert.deepStrictEqual(columns.prompt, [["q"]])
    assert.deepStrictEqual(columns.annotator, [["meta", "who"]])
    assert.deepStrictEqual(columns.scoreFirst, ["s"])
    assert.deepStrictEqual(readColumns(columns), ["q", "chosen", "rejected", "meta", "s", "t"])
    assert.include(columns.said, 'annotators are in "meta.who"')
  })

  it("findVoteColumns takes an exact name before a path or a list", () => {
    const columns = found(
      { ...texts("a.b", "c,d", "chosen", "rejected"), a: struct({ b: text }) },
      { prompt: "a.b", annotator: "c,d" }
    )
    assert.deepStrictEqual(columns.prompt, [["a.b"]])
    assert.deepStrictEqual(columns.annotator, [["c,d"]])
  })

  it("findVoteColumns reads several named labels as annotators", () => {
    const columns = found(texts("prompt", "response_a", "response_b", "ann", "bob"), { label: "ann,bob" })
    assert.deepStrictEqual(
      columns.labels.map(({ annotator }) => annotator),
      ["ann", "bob"]
    )
  })

  it("findVoteColumns knows recorded sides from named ones", () => {
    const types = texts("p", "one", "two", "which")
    assert.isTrue(found(types, { prompt: "p", chosen: "one", rejected: "two", label: "which" }).sidesRecorded)
    assert.isFalse(found(types, { prompt: "p", chosen: "one", rejected: "two" }).sidesRecorded)
    assert.include(refused(types, { chosen: "one" }), "--rejected")
    assert.include(refused(types, { chosen: "one", rejected: "tow" }), 'no column "tow"')
  })

  it("findVoteColumns leaves a label beside chosen and rejected alone unless it is named", () => {
    const types = { ...texts("prompt", "chosen", "rejected"), label: int }
    assert.deepStrictEqual(found(types).labels, [])
    assert.deepStrictEqual(found(types).unused, [["label"]])
    assert.include(found(types).said, 'the first is always the better one, and "label" is not used')
    const named = found(types, { label: "label" })
    assert.deepStrictEqual(named.unused, [])
    const none = found(types, { label: "none" })
    assert.deepStrictEqual([none.labels, none.unused], [[], []])
    assert.isTrue(named.hints.firstIsChosen)
    assert.isFalse(named.sidesRecorded)
  })

  it("findVoteColumns knows what may be a label beside sides that a person names", () => {
    const types = { ...texts("prompt", "response1", "response2"), annotator1: int, annotator2: int, winner: int }
    const sides = { chosen: "response1", rejected: "response2" }
    assert.deepStrictEqual(found(types, sides).unused, [["winner"], ["annotator1"], ["annotator2"]])
    assert.deepStrictEqual(found(types, { ...sides, label: "none" }).unused, [])
    assert.deepStrictEqual(found(types, { ...sides, annotator: "annotator1" }).unused, [["winner"]])
    assert.match(refused(types, { label: "none" }), /but none that says which is better/)
  })

  it("findVoteColumns takes known answers beside a label, and a family beside one column of annotators", () => {
    const named = { chosen: "a", rejected: "b", truth: "gold" }
    assert.include(refused(texts("a", "b", "gold"), named), "no label that is written like it; name them with --label")
    const wide = refused(texts("a", "b", "v", "w", "team"), {
      chosen: "a",
      rejected: "b",
      label: "v,w",
      family: "team"
    })
    assert.include(wide, "each of which is an annotator")
    const { family, truth } = found(texts("a", "b", "v", "gold", "team"), { ...named, label: "v", family: "team" })
    assert.deepStrictEqual([family, truth], [["team"], ["gold"]])
  })
})
