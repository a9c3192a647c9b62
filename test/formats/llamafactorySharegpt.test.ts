import { assert, describe, it } from "@effect/vitest"
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
})
