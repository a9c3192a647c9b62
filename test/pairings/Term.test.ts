import { assert, describe, it } from "@effect/vitest"
import * as Term from "../../src/pairings/Term.ts"
import { field, type Given } from "./cut.ts"

/** Asks a term about the first of two candidates beside the second. */
const ask = <A>(term: Term.Term<A>, own: Given, chosen: Given): A => {
  const [candidate, other] = field({ own, chosen })
  return term.of(candidate!, other!, () => 0.25)
}

const word = Term.attribute("word", ({ text }) => (text === "" ? null : text))

describe("Term", () => {
  it("Term conditions on numbers hold only where the numbers are known", () => {
    assert.isTrue(ask(Term.atLeast(Term.score, 2), { score: 2 }, {}))
    assert.isFalse(ask(Term.above(Term.score, 2), { score: 2 }, {}))
    assert.isTrue(ask(Term.atMost(Term.score, 2), { score: 2 }, {}))
    assert.isTrue(ask(Term.lessThanChosen(Term.score), { score: 1 }, { score: 2 }))
    assert.isTrue(ask(Term.moreThanChosen(Term.score), { score: 3 }, { score: 2 }))
    const numbers = [Term.atLeast(Term.score, -9), Term.above(Term.score, -9), Term.atMost(Term.score, 9)]
    for (const test of [...numbers, Term.lessThanChosen(Term.score), Term.moreThanChosen(Term.score)]) {
      assert.isFalse(ask(test, {}, { score: 2 }), test.name)
    }
    for (const test of [Term.lessThanChosen(Term.score), Term.moreThanChosen(Term.score)]) {
      assert.isFalse(ask(test, { score: 1 }, {}), test.name)
    }
  })

  it("Term conditions on texts want the chosen text to be known", () => {
    assert.isTrue(ask(Term.sameAsChosen(word), { text: "a" }, { text: "a" }))
    assert.isFalse(ask(Term.sameAsChosen(word), { text: "" }, { text: "" }))
    assert.isTrue(ask(Term.unlikeChosen(word), { text: "b" }, { text: "a" }))
    assert.isTrue(ask(Term.unlikeChosen(word), { text: "" }, { text: "a" }))
    assert.isFalse(ask(Term.unlikeChosen(word), { text: "a" }, { text: "" }))
    assert.isTrue(ask(Term.anyOf(Term.isInjected, Term.isOriginal), {}, {}))
    assert.isFalse(ask(Term.not(Term.isOriginal), {}, {}))
  })

  it("Term orders turn numbers round and leave unknown ones unknown", () => {
    assert.strictEqual(ask(Term.lowest(Term.score), { score: 2 }, {}), 2)
    assert.strictEqual(ask(Term.highest(Term.score), { score: 2 }, {}), -2)
    assert.isNull(ask(Term.highest(Term.score), {}, {}))
    assert.strictEqual(ask(Term.margin, { score: 2 }, { score: 5 }), 3)
    assert.isNull(ask(Term.margin, { score: 2 }, {}))
    assert.strictEqual(ask(Term.rating("correct"), { correct: 0.5 }, {}), 0.5)
    assert.isNull(ask(Term.rating("style"), { correct: 0.5 }, {}))
    const known = { features: [{ name: "calls", value: 3 }], tier: 2, model: "b" }
    assert.strictEqual(ask(Term.feature("calls"), known, {}), 3)
    assert.isNull(ask(Term.feature("tokens"), known, {}))
    assert.strictEqual(ask(Term.tier, known, {}), 2)
    assert.strictEqual(ask(Term.placeIn(Term.model, ["a", "b"]), known, {}), 1)
    assert.isNull(ask(Term.placeIn(Term.model, ["a"]), known, {}))
    assert.isTrue(ask(Term.is(Term.operation, "refine"), { operation: "refine" }, {}))
    assert.isFalse(ask(Term.is(Term.kind, "thought"), {}, {}))
    assert.strictEqual(ask(Term.textLength, { text: "four" }, {}), 4)
    assert.strictEqual(ask(Term.similarity, { text: "a b" }, { text: "A  b" }), 1)
    assert.strictEqual(ask(Term.drawn, {}, {}), 0.25)
    const [own, chosen] = field({ own: 1, chosen: 2 })
    assert.strictEqual(
      Term.drawnAlone.of(own!, chosen!, (of) => (of === "alone" ? 0.5 : 0.25)),
      0.5
    )
  })

  it("Term names say what was asked", () => {
    assert.strictEqual(Term.atLeast(Term.rating("correct"), 1).name, "rating on correct >= 1")
    assert.strictEqual(Term.highest(Term.score).name, "highest score")
    assert.strictEqual(Term.not(Term.isInjected).name, "not injected")
    assert.strictEqual(Term.unlikeChosen(Term.model).name, "another model")
    assert.strictEqual(Term.sameAsChosen(Term.persona).name, "same persona")
  })
})
