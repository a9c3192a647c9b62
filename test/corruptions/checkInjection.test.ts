import { assert, describe, it } from "@effect/vitest"
import { checkInjection, type InjectionLimits } from "../../src/corruptions/checkInjection.ts"

const original =
  "Water boils at 100 °C at sea level. The boiling point falls with altitude, because the air pressure is lower there."

const check = (corrupted: string, finishReason: string | null = "stop", limits?: InjectionLimits) =>
  checkInjection({ original, corrupted, finishReason }, limits)
const reason = (...input: Parameters<typeof check>) => {
  const result = check(...input)
  return result.ok ? "ok" : result.reason
}

describe("checkInjection", () => {
  it("checkInjection passes a small change of content", () => {
    for (const corrupted of [original.replace("100", "90"), original.replace("falls", "rises")]) {
      const result = check(corrupted)
      assert.isTrue(result.ok)
      if (!result.ok) continue
      assert.strictEqual(result.text, corrupted)
      assert.isAbove(result.similarity, 0.9)
      assert.isBelow(result.similarity, 1)
      assert.closeTo(result.lengthRatio, corrupted.length / original.length, 1e-12)
    }
  })

  it("checkInjection counts changes of sign, operator and decimal point as content", () => {
    for (const [a, b] of [
      ["x = a - b", "x = a + b"],
      ["x = -3", "x = 3"],
      ["it is 3.5 kg", "it is 35 kg"],
      ["if (a < b) stop", "if (a <= b) stop"],
      ["f(x, y) = x * y", "f(x, y) = x / y"],
      ["2 ** 3 is 8", "2 * 3 is 8"]
    ] as const) {
      assert.isTrue(checkInjection({ original: a, corrupted: b, finishReason: "stop" }).ok, b)
    }
  })

  it("checkInjection refuses what is not a change", () => {
    assert.strictEqual(reason(original), "unchanged")
    assert.strictEqual(reason(`  ${original.replaceAll(" ", "\n")}`), "unchanged")
    assert.strictEqual(reason(`Here is the revised answer:\n\n${original}`), "unchanged")
    assert.strictEqual(reason(original.toUpperCase()), "tooSmall")
    assert.strictEqual(reason(original.replace("°C", "° C")), "tooSmall")
    assert.strictEqual(reason(original.replace("altitude,", "**altitude**")), "tooSmall")
    assert.strictEqual(reason(original.replace("100", "90"), "stop", { maxSimilarity: 0.9 }), "tooSmall")
  })

  it("checkInjection refuses what is another text", () => {
    assert.strictEqual(reason("Whales are mammals; they breathe air and feed milk to their calves."), "tooLarge")
    assert.strictEqual(reason(original.repeat(3)), "tooLarge")
    assert.strictEqual(reason(original.slice(0, 40)), "tooLarge")
    assert.strictEqual(reason(original.slice(0, 60), "stop", { maxLengthRatio: 10 }), "ok")
  })

  it("checkInjection accepts the same words in another order", () => {
    const [first, second] = original.split(". ")
    assert.strictEqual(reason(`${second} ${first}.`), "ok")
  })

  it("checkInjection refuses cut-off, refused and empty answers", () => {
    const changed = original.replace("100", "90")
    assert.strictEqual(reason(changed, "length"), "truncated")
    assert.strictEqual(reason(changed, "max_tokens"), "truncated")
    assert.strictEqual(reason(changed, "content_filter"), "refusal")
    assert.strictEqual(reason("I'm sorry, but I can't help with that."), "refusal")
    assert.strictEqual(reason(" \n"), "empty")
    assert.strictEqual(reason("Here is the revised answer:\n\n"), "empty")
    assert.strictEqual(reason(changed, null), "ok")
  })

  it("checkInjection cuts the lead-in off what it passes", () => {
    const result = check(`Sure! Here is the modified response:\n\n${original.replace("100", "90")}`)
    assert.isTrue(result.ok)
    if (result.ok) assert.strictEqual(result.text, original.replace("100", "90"))
  })

  it("checkInjection does not blame an opening that the original has too", () => {
    const refusing = "I'm sorry, but I can't help with that. Call 112 if someone is hurt."
    assert.isTrue(
      checkInjection({ original: refusing, corrupted: refusing.replace("112", "114"), finishReason: "stop" }).ok
    )
    const rewriting = "Here is the revised text:\n\nDear Ms Kim, thank you for the 3 letters."
    const result = checkInjection({ original: rewriting, corrupted: rewriting.replace("3", "4"), finishReason: "stop" })
    assert.isTrue(result.ok && result.text.startsWith("Here is"))
  })

  it("checkInjection handles an empty original", () => {
    const result = checkInjection({ original: "", corrupted: "Something new.", finishReason: "stop" })
    assert.isTrue(!result.ok && result.reason === "tooLarge")
  })

  it("checkInjection explains itself", () => {
    const result = check(original.repeat(3))
    assert.match(result.ok ? "" : result.detail, /expected/)
  })
})
