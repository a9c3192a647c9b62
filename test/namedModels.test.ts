import { assert, describe, it } from "@effect/vitest"
import { namedModels } from "../src/namedModels.ts"

describe("namedModels", () => {
  it("namedModels finds models of any depth, and nothing in what is no object", () => {
    const config = {
      model: "a",
      n: 2,
      user: { model: "b", system: null },
      annotators: [{ model: "c" }, "d"],
      models: ["e"]
    }
    assert.deepStrictEqual(namedModels(config), ["a", "b", "c", "e"])
    for (const none of [null, "model", 3, { model: null }, { models: "none" }])
      assert.deepStrictEqual(namedModels(none), [])
  })

  it("namedModels finds the model that others are compared with, and no other reference", () => {
    const gaps = { models: [{ name: "dpo", model: "tuned" }], reference: "base" }
    assert.sameMembers([...namedModels(gaps)], ["tuned", "base"])
    assert.deepStrictEqual(namedModels({ reference: "an answer", model: "a" }), ["a"])
  })
})
