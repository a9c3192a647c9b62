import { assert, describe, it } from "@effect/vitest"
import type { ColumnType } from "../../src/Columns.ts"
import { llamafactorySharegpt } from "../../src/formats/llamafactorySharegpt.ts"
import { formatContract, pairOf, refusalOf, holdingOf } from "../contracts/format.ts"

formatContract({
  format: llamafactorySharegpt,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true
})
formatContract({
  format: llamafactorySharegpt,
  kind: "pair",
  style: "messages",
  fields: [],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true
})

describe("llamafactorySharegpt", () => {
  it("llamafactorySharegpt refuses what LLaMA-Factory drops without a word", () => {
    assert.strictEqual(
      refusalOf(
        llamafactorySharegpt,
        pairOf(
          [
            ["user", "a"],
            ["user", "b"]
          ],
          "x",
          "y"
        )
      ),
      "turns do not alternate"
    )
    assert.strictEqual(
      refusalOf(
        llamafactorySharegpt,
        pairOf(
          [
            ["user", "a"],
            ["assistant", "b"]
          ],
          "x",
          "y"
        )
      ),
      "wrong number of turns"
    )
    assert.strictEqual(
      refusalOf(llamafactorySharegpt, pairOf([["assistant", "a"]], "x", "y")),
      "turns do not alternate"
    )
    assert.strictEqual(refusalOf(llamafactorySharegpt, pairOf([["system", "s"]], "x", "y")), "wrong number of turns")
    assert.isNull(
      refusalOf(
        llamafactorySharegpt,
        pairOf(
          [
            ["system", "s"],
            ["user", "a"]
          ],
          "x",
          "y"
        )
      )
    )
  })

  it("llamafactorySharegpt writes arguments of calls as they are, with all digits, and text that is no object as text", () => {
    const valueOf = (text: string) => {
      const record = pairOf([["user", "q"]], "a", "b")
      const [user] = record.context
      const call = {
        ...user!,
        role: "assistant" as const,
        content: null,
        toolCalls: [{ id: null, name: "f", arguments: text }]
      }
      const writer = llamafactorySharegpt.writer(
        holdingOf({ kind: "pair", style: "messages", fields: [], keepsExtra: false, hasTools: true })
      )
      if (!("write" in writer)) return assert.fail(writer.found)
      const rows: Array<Record<string, unknown>> = []
      assert.isUndefined(writer.write({ ...record, context: [user!, call, { ...user!, role: "tool" }] }, rows))
      return (rows[0]!["conversations"] as ReadonlyArray<{ readonly value: string }>)[1]!.value
    }
    assert.strictEqual(valueOf('{"id":12345678901234567890}'), '{"name":"f","arguments":{"id":12345678901234567890}}')
    assert.strictEqual(valueOf('"x"'), '{"name":"f","arguments":"\\"x\\""}')
    assert.strictEqual(valueOf("no JSON"), '{"name":"f","arguments":"no JSON"}')
  })

  it("llamafactorySharegpt writes an entry of dataset_info.json beside those that are there", () => {
    const writer = llamafactorySharegpt.writer(
      holdingOf({ kind: "pair", style: "messages", fields: ["tools"], keepsExtra: false })
    )
    if (!("write" in writer)) return assert.fail(writer.found)
    const { text } = llamafactorySharegpt.companion!("my.jsonl", writer)
    const written = text('{"other":{"file_name":"o.json"}}')
    if (typeof written !== "string") return assert.fail(written.found)
    const info = JSON.parse(written)
    assert.deepStrictEqual(info.other, { file_name: "o.json" })
    assert.strictEqual(info.my.ranking, true)
    assert.deepStrictEqual(info.my.columns, {
      messages: "conversations",
      chosen: "chosen",
      rejected: "rejected",
      tools: "tools"
    })
    assert.strictEqual(info.my.tags.system_tag, "system")
    assert.isObject(text("[]"))
  })

  it("llamafactorySharegpt registers columns with files of images, which are not shown otherwise, and no others", () => {
    const columnsOf = (type: ColumnType, name = "images") => {
      const holding = holdingOf({ kind: "pair", style: "messages", fields: [], keepsExtra: false })
      const writer = llamafactorySharegpt.writer({ ...holding, extra: [{ name, type }] })
      if (!("write" in writer)) return assert.fail(writer.found)
      const written = llamafactorySharegpt.companion!("my.jsonl", writer).text(null)
      return typeof written === "string" ? JSON.parse(written).my.columns : assert.fail(written.found)
    }
    const text = { kind: "string", nullable: true } as const
    const own = { messages: "conversations", chosen: "chosen", rejected: "rejected" }
    for (const name of ["images", "videos", "audios"]) {
      assert.deepStrictEqual(columnsOf({ kind: "list", nullable: true, element: text }, name), { ...own, [name]: name })
      assert.deepStrictEqual(columnsOf(text, name), { ...own, [name]: name })
    }
    assert.deepStrictEqual(columnsOf({ kind: "int", nullable: true }), own)
    assert.deepStrictEqual(columnsOf(text, "pictures"), own)
  })

  it("llamafactorySharegpt takes an empty text beside calls of tools for none, and refuses any other", () => {
    const record = pairOf([["user", "q"]], "a", "b")
    const [user] = record.context
    const written = (content: string | null) => {
      const call = {
        ...user!,
        role: "assistant" as const,
        content,
        toolCalls: [{ id: null, name: "f", arguments: "{}" }]
      }
      const writer = llamafactorySharegpt.writer(
        holdingOf({ kind: "pair", style: "messages", fields: [], keepsExtra: false, hasTools: true })
      )
      if (!("write" in writer)) return assert.fail(writer.found)
      const rows: Array<Record<string, unknown>> = []
      const flaw = writer.write({ ...record, context: [user!, call, { ...user!, role: "tool" }] }, rows)
      return flaw?.reason ?? rows
    }
    assert.isArray(written(null))
    assert.deepStrictEqual(written(""), written(null))
    assert.strictEqual(written("so"), "text beside tool calls")
  })
})
