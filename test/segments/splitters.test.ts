import { assert, describe, it } from "@effect/vitest"
import { splitAtCues } from "../../src/segments/splitAtCues.ts"
import { splitAtPattern } from "../../src/segments/splitAtPattern.ts"
import { splitSentences } from "../../src/segments/splitSentences.ts"
import { splitSteps } from "../../src/segments/splitSteps.ts"
import type { Splitter } from "../../src/segments/Splitter.ts"
import { splitToolCalls } from "../../src/segments/splitToolCalls.ts"
import { splitTurns } from "../../src/segments/splitTurns.ts"

const cut = (split: Splitter, text: string) => split(text).map(({ end, start }) => text.slice(start, end))
const kinds = (split: Splitter, text: string) => split(text).map(({ kind }) => kind)

const hard = [
  "",
  "   ",
  "one",
  "  lead. Then two!\n\nThree? ",
  "1. first\n2. second\n\n",
  "User: a\nAssistant: b",
  "Wait, no. wait. Alternatively: 3\nHmm",
  "<search>q</search> <result>r</result>\n so <python>1+1",
  "\n\n\n.a😀b.\n\n\n",
  "Step 1: x\n\nStep 2: y"
]

const splitters: Readonly<Record<string, Splitter>> = {
  splitSentences,
  splitSteps,
  splitTurns,
  splitAtCues: splitAtCues(),
  splitToolCalls: splitToolCalls(),
  splitAtPattern: splitAtPattern(/\s/)
}

describe("splitters", () => {
  it.each(Object.entries(splitters))("%s loses nothing of a text that has words", (_name, split) => {
    for (const text of hard) {
      assert.strictEqual(cut(split, text).join(""), text.trim() === "" ? "" : text, JSON.stringify(text))
    }
  })
})

describe("splitSentences", () => {
  it("splitSentences ends a sentence where Unicode does, not inside a number", () => {
    assert.deepStrictEqual(cut(splitSentences, "It is 3.14. Is it? Yes!"), ["It is 3.14. ", "Is it? ", "Yes!"])
    assert.deepStrictEqual(kinds(splitSentences, "A. B."), ["sentence", "sentence"])
  })
})

describe("splitSteps", () => {
  it("splitSteps takes numbered lines, else paragraphs", () => {
    assert.deepStrictEqual(cut(splitSteps, "Plan:\n1. do\n\nmore\n2) then"), ["Plan:\n", "1. do\n\nmore\n", "2) then"])
    assert.deepStrictEqual(cut(splitSteps, "## Step 1\na\nStep 2: b"), ["## Step 1\na\n", "Step 2: b"])
    assert.deepStrictEqual(cut(splitSteps, "a\nb\n\n c\n\n\nd"), ["a\nb\n\n ", "c\n\n\n", "d"])
    // One number alone numbers nothing.
    assert.deepStrictEqual(cut(splitSteps, "a\n1. b\n\nc"), ["a\n1. b\n\n", "c"])
  })
})

describe("splitTurns", () => {
  it("splitTurns names the sides; what comes first is the assistant's", () => {
    const text = "Hello.\n\nUser: why?\nsay it\n\nAssistant: so.\nCustomer: ok"
    assert.deepStrictEqual(kinds(splitTurns, text), ["assistant", "user", "assistant", "user"])
    assert.deepStrictEqual(cut(splitTurns, text)[1], "User: why?\nsay it\n\n")
    assert.deepStrictEqual(kinds(splitTurns, "The User: field is empty"), ["assistant"])
  })
})

describe("splitAtCues", () => {
  it("splitAtCues begins a thought where a sentence or line opens with a cue", () => {
    assert.deepStrictEqual(cut(splitAtCues(), "It is 4. Wait, no. I wait here.\nAlternatively 5. Waiting"), [
      "It is 4. ",
      "Wait, no. I wait here.\n",
      "Alternatively 5. Waiting"
    ])
    assert.deepStrictEqual(cut(splitAtCues(["C++ (sic)"]), "A. C++ (sic) b"), ["A. ", "C++ (sic) b"])
    assert.throws(() => splitAtCues([]), /Cannot split at cues/)
  })
})

describe("splitToolCalls", () => {
  it("splitToolCalls tells calls, results and text apart", () => {
    const text = "I look. <search>a <b></search>\n<result>r</result> So <python>1"
    assert.deepStrictEqual(kinds(splitToolCalls(), text), ["text", "toolCall", "toolResult", "text", "toolCall"])
    assert.strictEqual(cut(splitToolCalls(), text)[1], "<search>a <b></search>\n")
    assert.deepStrictEqual(kinds(splitToolCalls({ act: "deed" }), "<act>x</act><search>y</search>"), ["deed", "text"])
  })
})

describe("splitAtPattern", () => {
  it("splitAtPattern begins a piece at each match and keeps the flags of the pattern", () => {
    assert.deepStrictEqual(cut(splitAtPattern(/b/i), "aBcb"), ["a", "Bc", "b"])
    assert.deepStrictEqual(kinds(splitAtPattern(/b/, "part"), "b"), ["part"])
  })
})
