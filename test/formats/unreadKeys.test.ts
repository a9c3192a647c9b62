import { assert, describe, it } from "@effect/vitest"
import { columnFates } from "../../src/formats/columnFates.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { type Format, FormatFlaw, isRefusal, type Row } from "../../src/formats/Format.ts"
import { llamafactorySharegpt } from "../../src/formats/llamafactorySharegpt.ts"
import { nemoRl } from "../../src/formats/nemoRl.ts"
import { openaiPreference } from "../../src/formats/openaiPreference.ts"
import { prefloomRanked } from "../../src/formats/prefloomRanked.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { trlUnpaired } from "../../src/formats/trlUnpaired.ts"
import { ultrafeedback } from "../../src/formats/ultrafeedback.ts"
import { unreadKeys } from "../../src/formats/unreadKeys.ts"
import { lookOf } from "../contracts/format.ts"

const user = { role: "user", content: "q" }
const reply = (content: string, more: Row = {}) => ({ role: "assistant", content, ...more })
const thought = { reasoning_content: "because" }

const namesIn = (row: Row) => [...unreadKeys(lookOf([row]), Object.keys(row), new Map()).names]

describe("unreadKeys", () => {
  it("unreadKeys names the keys of messages wherever messages stand: lists, single ones, structs, lists of lists", () => {
    assert.deepStrictEqual(namesIn({ prompt: [user, reply("a", thought)] }), ["prompt[].reasoning_content"])
    assert.deepStrictEqual(namesIn({ chosen: { from: "gpt", value: "a", weight: 1 } }), ["chosen.weight"])
    assert.deepStrictEqual(namesIn({ input: { messages: [{ ...user, cache: true }], tools: [] } }), [
      "input.messages[].cache"
    ])
    assert.deepStrictEqual(namesIn({ completions: [{ rank: 0, completion: [reply("a", thought)] }] }), [
      "completions[].completion[].reasoning_content"
    ])
  })

  it("unreadKeys takes nothing for a message that has no role, as arguments of tools that are called role or from", () => {
    const parameters = { properties: { role: { type: "string" }, from: { type: "string" }, to: { type: "string" } } }
    assert.deepStrictEqual(namesIn({ input: { messages: [user], tools: [{ function: { parameters } }] } }), [])
    assert.deepStrictEqual(namesIn({ text: "a", list: ["b", null, 5], none: null }), [])
  })

  it("unreadKeys sees the rest of the rows, and names what is new", () => {
    const keys = unreadKeys(lookOf([{ prompt: [reply("a", thought)] }]), ["prompt"], new Map())
    const late = keys.late
    keys.see({ prompt: [reply("a", thought)], other: [reply("a", { weight: 1 })] })
    assert.deepStrictEqual([...late], [])
    keys.see({ prompt: [user, reply("a", { ...thought, weight: 1 })] })
    keys.see({ prompt: [user, reply("a", { weight: 2 })] })
    assert.deepStrictEqual([...late], ["prompt[].weight"])
    for (let i = 0; i < 2000; i++) keys.see({ prompt: [{ ...user, [`key ${i}`]: i }] })
    assert.strictEqual(late.size, 1000)
  })

  it("unreadKeys are among what a conversion loses in every format, those that come behind the first rows once they were read", () => {
    const said = { from: "gpt", value: "a" }
    const line = { input: { messages: [user] }, preferred_output: [reply("a")], non_preferred_output: [reply("b")] }
    const completions = (more: Row) => [0, 1].map((rank) => ({ rank, completion: [reply(`${rank}`)], ...more }))
    const rated = (more: Row) => ["a", "b"].map((response, i) => ({ model: "m", response, overall_score: i, ...more }))
    const ranked = (more: Row) =>
      ["a", "b"].map((text, i) => ({ id: text, text, model: "m", score: i, rank: 2 - i, ...more }))
    const files: ReadonlyArray<readonly [Format, Row, Row, string]> = [
      [
        openaiPreference,
        line,
        { ...line, input: { ...line.input, parallel_tool_calls: true } },
        "input.parallel_tool_calls"
      ],
      [
        nemoRl,
        { context: [user], completions: completions({}) },
        { context: [user], completions: completions({ weight: 1 }) },
        "completions[].weight"
      ],
      [
        ultrafeedback,
        { instruction: "q", completions: rated({}) },
        { instruction: "q", completions: rated({ principle: "p" }) },
        "completions[].principle"
      ],
      [
        prefloomRanked,
        { prompt: "q", responses: ranked({}) },
        { prompt: "q", responses: ranked({ note: { role: "r", content: "c", more: 1 } }) },
        "responses[].note"
      ],
      [
        trlPreference,
        { prompt: [user], chosen: [reply("a")], rejected: [reply("b")] },
        { prompt: [user], chosen: [reply("a", thought)], rejected: [reply("b")] },
        "chosen[].reasoning_content"
      ],
      [
        trlUnpaired,
        { prompt: [user], completion: [reply("a")], label: true },
        { prompt: [user], completion: [reply("a", thought)], label: true },
        "completion[].reasoning_content"
      ],
      [trlPrompt, { prompt: [user] }, { prompt: [{ ...user, ...thought }] }, "prompt[].reasoning_content"],
      [
        llamafactorySharegpt,
        { conversations: [{ from: "human", value: "q" }], chosen: said, rejected: { ...said, value: "b" } },
        {
          conversations: [{ from: "human", value: "q" }],
          chosen: { ...said, ...thought },
          rejected: { ...said, value: "b" }
        },
        "chosen.reasoning_content"
      ],
      [
        openaiPreference,
        { input: { messages: [user] }, preferred_output: [reply("a")], non_preferred_output: [reply("b")] },
        {
          input: { messages: [{ ...user, ...thought }] },
          preferred_output: [reply("a")],
          non_preferred_output: [reply("b")]
        },
        "input.messages[].reasoning_content"
      ],
      [
        nemoRl,
        { context: [user], completions: [0, 1].map((rank) => ({ rank, completion: [reply(`${rank}`)] })) },
        { context: [user], completions: [0, 1].map((rank) => ({ rank, completion: [reply(`${rank}`, thought)] })) },
        "completions[].completion[].reasoning_content"
      ]
    ]
    for (const [format, plain, thinking, name] of files) {
      const lost = (first: Row, next: Row) => {
        const reader = format.reader(lookOf([first]))
        if (isRefusal(reader)) return assert.fail(`${format.name}: ${reader.found}`)
        const writer = format.writer(reader.holding)
        if (isRefusal(writer)) return assert.fail(`${format.name}: ${writer.found}`)
        const before = columnFates(reader.holding, writer).lost
        assert.isFalse(reader.read(next) instanceof FormatFlaw, format.name)
        return [before, columnFates(reader.holding, writer).lost]
      }
      assert.deepStrictEqual(lost(thinking, plain), [[name], [name]], format.name)
      assert.deepStrictEqual(lost(plain, thinking), [[], [name]], format.name)
      assert.deepStrictEqual(lost(plain, plain), [[], []], format.name)
    }
  })

  it("unreadKeys names the role developer, which becomes another, once and also where only later rows have it", () => {
    const developer = { role: "developer", content: "be brief" }
    const said = "prompt[] (the role developer, which becomes system)"
    assert.deepStrictEqual(namesIn({ prompt: [developer, user], meta: { role: "developer" } }), [said])
    const keys = unreadKeys(lookOf([{ prompt: [user] }]), ["prompt"], new Map())
    keys.see({ prompt: [developer, user] })
    keys.see({ prompt: [developer, user] })
    assert.deepStrictEqual([...keys.late], [said])
    const row = { prompt: [developer, user], chosen: [reply("a")], rejected: [reply("b")] }
    const made = convertRows(trlPreference, trlPreference, lookOf([row]), [row])
    assert.deepInclude(made, { lost: [said] })
  })
})
