import { assert, describe, it } from "@effect/vitest"
import { missingFor } from "../../src/services/missingFor.ts"

describe("missingFor", () => {
  it("missingFor names what a request needs and a provider lacks", () => {
    assert.isNull(missingFor({}, []))
    assert.strictEqual(missingFor({ prefix: "" }, ["topLogProbs"]), "prefix")
    assert.strictEqual(missingFor({ topLogProbs: 0 }, ["prefix"]), "topLogProbs")
    assert.isNull(missingFor({ prefix: "So", topLogProbs: 2 }, ["prefix", "topLogProbs"]))
  })
})
