import { assert, describe, it } from "@effect/vitest"
import { templateMarkup } from "../../src/cleaners/templateMarkup.ts"

describe("templateMarkup", () => {
  it("templateMarkup finds the marks of the usual templates", () => {
    for (const [text, mark] of [
      ["a<|im_end|>\n<|im_start|>user", "<|im_end|>"],
      ["x<|eot_id|>", "<|eot_id|>"],
      ["[INST] hello [/INST]", "[INST]"],
      ["fine</s>", "</s>"],
      ["<start_of_turn>user", "<start_of_turn>"],
      ["<think>hm</think> 4", "<think>"],
      ["Sure.\n\nHuman: and then?", "Human:"],
      ["### Instruction:\nWrite", "### Instruction:"]
    ] as const) {
      assert.strictEqual(templateMarkup(text), mark, text)
    }
  })

  it("templateMarkup leaves plain text, Markdown and most of HTML alone", () => {
    for (const text of ["Every Human: a being.", "<b>bold</b>", "# Heading\n## Response", "a < b | c > d", "[1]"]) {
      assert.isNull(templateMarkup(text), text)
    }
  })
})
