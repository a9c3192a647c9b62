import { assert, describe, it } from "@effect/vitest"
import { makeBank, placeholder, sentencesOf } from "../../src/providers/SimulatedBank.ts"
import { seaPoErrorTypes } from "../../src/stages/ErrorType.ts"
import { ownBank, ownEntries } from "./ownBank.ts"

const unique = (values: ReadonlyArray<string>) => new Set(values).size

describe("data/prompts.jsonl", () => {
  it("prompts.jsonl has enough prompts of enough domains, each once, most with a reference", () => {
    assert.isAtLeast(ownEntries.length, 120)
    assert.isAtLeast(unique(ownEntries.map((entry) => entry.domain)), 6)
    assert.strictEqual(unique(ownEntries.map((entry) => entry.id)), ownEntries.length)
    assert.strictEqual(unique(ownEntries.map((entry) => entry.prompt)), ownEntries.length)
    assert.isAbove(ownEntries.filter((entry) => entry.reference !== null).length, ownEntries.length / 2)
  })

  it("prompts.jsonl has three or more different answers a prompt, of different quality, the worse ones with flaws", () => {
    for (const { answers, id } of ownEntries) {
      assert.isAtLeast(answers.length, 3, id)
      assert.strictEqual(new Set(answers.map((answer) => answer.text)).size, answers.length, id)
      assert.strictEqual(new Set(answers.map((answer) => answer.quality)).size, answers.length, id)
      for (const { flaws, quality } of answers) {
        assert.isTrue(quality >= 0.01 && quality <= 0.99, id)
        if (quality < 0.7) assert.isAbove(flaws.length, 0, id)
        if (quality >= 0.9) assert.deepStrictEqual(flaws, [], id)
      }
    }
  })

  it("prompts.jsonl has texts that are cut into sentences and put together again", () => {
    for (const { answers, errors, id } of ownEntries) {
      for (const { text } of answers) {
        const sentences = sentencesOf(text)
        assert.isAtLeast(sentences.length, 2, id)
        assert.strictEqual(sentences.join(" "), text, id)
      }
      for (const { text } of errors) assert.deepStrictEqual(sentencesOf(text), [text], id)
    }
  })

  it("prompts.jsonl has errors of the three SeaPO types for each prompt, none part of an answer", () => {
    for (const { answers, errors, id } of ownEntries) {
      assert.sameMembers(
        [...new Set(errors.map((error) => error.type))],
        seaPoErrorTypes.map((type) => type.id),
        id
      )
      for (const error of errors)
        assert.isFalse(
          answers.some((answer) => answer.text.includes(error.text)),
          id
        )
    }
  })

  it("prompts.jsonl has sentences that tell which answer a text was made from", () => {
    for (const { answers, id, prompt } of ownEntries) {
      const sentences = answers.flatMap((answer) => sentencesOf(answer.text))
      assert.strictEqual(new Set(sentences).size, sentences.length, id)
      for (const { quality, text } of answers) assert.strictEqual(ownBank.quality(prompt, text), quality, id)
    }
  })
})

describe("makeBank", () => {
  const bank = makeBank([
    { prompt: "p", answers: [], errors: [] },
    {
      prompt: "p",
      answers: [
        { text: "One is right. Two is clear. Three is short.", quality: 0.9, flaws: [] },
        { text: "Four is wrong. Five is worse.", quality: 0.2, flaws: ["wrong"] }
      ],
      errors: [{ type: "logic", text: "Six is false." }]
    }
  ])

  it("makeBank takes the last entry for a prompt and knows no other prompts", () => {
    assert.strictEqual(bank.find("p")?.answers.length, 2)
    assert.isUndefined(bank.find("q"))
  })

  it("makeBank takes off 0.28 for an error and 0.04 for a sentence that is missing without one", () => {
    const cases: ReadonlyArray<readonly [string, number]> = [
      ["One is right. Two is clear. Three is short.", 0.9],
      ["One is right. Six is false. Two is clear. Three is short.", 0.62],
      ["One is right. Six is false. Three is short.", 0.62],
      ["One is right.  Three is short.", 0.86],
      ["One is right.", 0.82],
      ["One is right. Six is false.", 0.58],
      ["Four is wrong. Six is false.", 0.01],
      ["One is right. Two is clear. Four is wrong.", 0.86]
    ]
    for (const [text, quality] of cases) assert.closeTo(bank.quality("p", text), quality, 1e-12, text)
  })

  it("makeBank reads the stated quality of a placeholder, less the errors put into it", () => {
    const text = placeholder(0.734, "x1")
    assert.strictEqual(bank.quality("unknown", text), 0.73)
    assert.closeTo(bank.quality("unknown", `${text} Simulated error: a logic error stands here.`), 0.45, 1e-12)
    assert.strictEqual(
      bank.quality("unknown", `${placeholder(0.1, "x")} Simulated error: a b error stands here.`),
      0.01
    )
  })

  it("makeBank gives any other text a quality that depends on the text and the prompt alone", () => {
    assert.strictEqual(bank.quality("unknown", "Some words."), bank.quality("unknown", "Some words."))
    assert.notStrictEqual(bank.quality("unknown", "Some words."), bank.quality("another", "Some words."))
    const qualities = Array.from({ length: 1000 }, (_, i) => bank.quality("unknown", `text ${i}`))
    assert.closeTo(qualities.reduce((sum, quality) => sum + quality, 0) / 1000, 0.5, 4 / Math.sqrt(12_000))
    assert.isTrue(qualities.every((quality) => quality >= 0.01 && quality <= 0.99))
  })
})
