import { assert, describe, it } from "@effect/vitest"
import { metaCommentary } from "../../src/corruptions/metaCommentary.ts"

const body = "Water boils at 90 °C at sea level.\n\nIt freezes at 0 °C."

describe("metaCommentary", () => {
  it("metaCommentary cuts off lead-ins about a rewriting", () => {
    for (const opening of [
      "Here is the revised answer:\n\n",
      "Here's a modified version of the response that contains a factual error:\n\n",
      "Here’s the rewritten text: ",
      "Sure! Here is the altered response:\n",
      "Certainly, below is an edited version with a logical error.\n\n",
      "Of course! I've rewritten the answer to include an error:\n\n",
      "**Revised Answer:**\n\n",
      "Revised answer: ",
      "## Modified Response\n\n",
      "**Incorrect version**\n",
      "  Okay, here is the flawed explanation you asked for:\n",
      "The following is a corrupted version of the passage:\n\n",
      "Here is a rewrite of the response with one false statement:\n\n",
      "This is the changed solution:\n"
    ]) {
      assert.deepStrictEqual(metaCommentary(opening + body), { kind: "leadIn", text: body }, opening)
    }
  })

  it("metaCommentary leaves openings that belong to the answer", () => {
    for (const text of [
      body,
      "Here is the recipe:\n\n1. Boil water.",
      "Here are three ideas for your garden: roses, tulips, herbs.",
      "Sure! The capital of France is Lyon.",
      "The revised budget was adopted in 1994. It was wrong.",
      "Below is a table of the planets:\n| a | b |",
      "I have two cats: one is black.",
      "Corrected for inflation, the answer is 12.",
      "## Summary\nThe text was modified in 1901.",
      "Modified responses were recorded in mice.",
      "This is a modified version of the engine of 1931.",
      ""
    ]) {
      assert.deepStrictEqual(metaCommentary(text), { kind: "none", text }, text)
    }
  })

  it("metaCommentary recognises refusals", () => {
    for (const text of [
      "I cannot help with that.",
      "I'm sorry, but I can't assist with creating false information.",
      "I’m sorry, but I can’t help you introduce errors.",
      "Sorry, I can't do that.",
      "I apologize, but I cannot provide incorrect medical advice.",
      "My apologies, but I am not able to generate this.",
      "I am unable to rewrite the text with an error.",
      "I'm not comfortable writing false claims.",
      "As an AI language model, I cannot create misleading content.",
      "Unfortunately, I cannot comply with this request.",
      "I won't deliberately introduce mistakes into this answer.",
      "I must decline to do this.",
      "It would be unethical for me to do so.",
      "We're not able to provide that.",
      "Here is the revised answer:\n\nI'm sorry, but I cannot fulfill this request."
    ]) {
      assert.deepStrictEqual(metaCommentary(text), { kind: "refusal", text }, text)
    }
  })

  it("metaCommentary does not take sympathy or a story for a refusal", () => {
    for (const text of [
      "I'm sorry to hear that you lost your job. Here are some steps.",
      "I cannot help but admire the bridge.",
      "I can't wait to show you this recipe!",
      "Sorry is a word of apology.",
      "As an AI researcher, Turing asked whether machines think.",
      "Unfortunately, the war went on.",
      "I am unable to sleep, said the king.",
      "You cannot help everyone."
    ]) {
      assert.strictEqual(metaCommentary(text).kind, "none", text)
    }
  })

  it("metaCommentary stays quick on hostile input", () => {
    const start = performance.now()
    for (const unit of ["sorry ", "I'm ", "sure, ", "*", "here is ", "# ", "i cannot ", "as an ai, "]) {
      metaCommentary(unit.repeat(20_000))
    }
    assert.isBelow(performance.now() - start, 1000)
  })
})
