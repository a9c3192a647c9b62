import { assert, describe, it } from "@effect/vitest"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPreferenceImplicit } from "../../src/formats/trlPreferenceImplicit.ts"
import { formatContract, readRows, lookOf } from "../contracts/format.ts"

formatContract({
  format: trlPreferenceImplicit,
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
  format: trlPreferenceImplicit,
  kind: "pair",
  style: "messages",
  fields: [],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true
})

const say = (role: string, content: string) => ({ role, content })

describe("trlPreferenceImplicit", () => {
  it("trlPreferenceImplicit never cuts texts at what they begin with alike (TRL-3)", () => {
    const rows = [{ chosen: "Q? The sky is blue", rejected: "Q? The sea is blue" }]
    const [read] = readRows(trlPreferenceImplicit, rows)
    assert.isObject(read)
    if (typeof read !== "object") return
    assert.deepStrictEqual(read.context, [])
    assert.strictEqual(read.candidates[0]!.messages[0]!.content, "Q? The sky is blue")
  })

  it("trlPreferenceImplicit takes an absent key for null when it looks for the history (TRL-4)", () => {
    const chosen = [{ ...say("user", "q"), tool_calls: null }, say("assistant", "a")]
    const [read] = readRows(trlPreferenceImplicit, [{ chosen, rejected: [say("user", "q"), say("assistant", "b")] }])
    assert.strictEqual(typeof read === "object" ? read.context.length : -1, 1)
  })

  it("trlPreferenceImplicit keeps the last reply apart when one conversation goes on from the other", () => {
    const start = [say("user", "q"), say("assistant", "a")]
    const [read] = readRows(trlPreferenceImplicit, [{ chosen: start, rejected: start }])
    assert.strictEqual(typeof read === "object" ? read.context.length : -1, 1)
  })

  it("trlPreferenceImplicit refuses histories that differ and conversations without a prompt", () => {
    assert.deepStrictEqual(
      readRows(trlPreferenceImplicit, [
        { chosen: [say("user", "q"), say("assistant", "a")], rejected: [say("user", "r"), say("assistant", "b")] },
        { chosen: [say("assistant", "a")], rejected: [say("assistant", "b")] }
      ]),
      ["different prompts", "empty prompt"]
    )
  })

  it("trlPreferenceImplicit writes whole texts again as whole texts", () => {
    const rows = [{ chosen: "Q? yes", rejected: "Q? no" }]
    const look = lookOf(rows)
    const reader = trlPreferenceImplicit.reader(look)
    if (!("read" in reader)) return assert.fail(reader.found)
    const writer = trlPreferenceImplicit.writer(reader.holding)
    if (!("write" in writer)) return assert.fail(writer.found)
    const back: Array<Record<string, unknown>> = []
    for (const row of rows) {
      const record = reader.read(row)
      assert.isUndefined("reason" in record ? record : writer.write(record, back))
    }
    assert.deepStrictEqual(back, rows)
    assert.isTrue("wanted" in trlPreference.writer(reader.holding))
  })
})
