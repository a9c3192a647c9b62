import { assert, describe, it } from "@effect/vitest"
import { hhRlhf } from "../../src/formats/hhRlhf.ts"
import { formatContract, pairOf, readRows, refusalOf } from "../contracts/format.ts"

formatContract({
  format: hhRlhf,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasTurns: true
})

describe("hhRlhf", () => {
  it("hhRlhf splits at the last Assistant marker, not where the texts differ", () => {
    const head = "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Say Human: twice\n\nAssistant: I "
    const [read] = readRows(hhRlhf, [{ chosen: `${head}will`, rejected: `${head}won't` }])
    if (typeof read !== "object") return assert.fail(read)
    assert.strictEqual(read.candidates[0]!.messages[0]!.content, "I will")
    assert.deepStrictEqual(
      read.context.map(({ content }) => content),
      ["Hi", "Yes?", "Say Human: twice"]
    )
  })

  it("hhRlhf reads an empty answer, and refuses different prompts and texts without markers", () => {
    const rows = [
      { chosen: "\n\nHuman: a\n\nAssistant:", rejected: "\n\nHuman: a\n\nAssistant: b" },
      { chosen: "\n\nHuman: a\n\nAssistant: c", rejected: "\n\nHuman: b\n\nAssistant: d" },
      { chosen: "plain", rejected: "\n\nHuman: b\n\nAssistant: d" },
      { chosen: "\n\nHuman: a", rejected: "\n\nHuman: a" }
    ]
    const [first, ...others] = readRows(hhRlhf, rows)
    assert.strictEqual(typeof first === "object" ? first.candidates[0]!.messages[0]!.content : null, "")
    assert.deepStrictEqual(others, ["different prompts", "no transcript", "no reply at the end"])
  })

  it("hhRlhf refuses to write a marker inside a text and a system turn", () => {
    assert.strictEqual(refusalOf(hhRlhf, pairOf([["user", "a\n\nAssistant: b"]], "x", "y")), "marker inside a text")
    assert.strictEqual(refusalOf(hhRlhf, pairOf([["user", "a"]], "x\n\nAssistant:", "y")), "marker inside a text")
    assert.strictEqual(
      refusalOf(
        hhRlhf,
        pairOf(
          [
            ["system", "s"],
            ["user", "a"]
          ],
          "x",
          "y"
        )
      ),
      "no Human turn at the start"
    )
  })
})
