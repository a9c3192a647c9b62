import { assert, describe, it } from "@effect/vitest"
import { echoOf } from "../../src/providers/echoOf.ts"

describe("echoOf", () => {
  it("echoOf counts what an answer repeats of its beginning", () => {
    assert.strictEqual(echoOf("One. Two. ", "One. Two. Three."), 10)
    assert.strictEqual(echoOf("One. Two.\n", "One. Two. Three."), 9)
    assert.strictEqual(echoOf("One. Two. ", "One. Two."), 9)
  })

  it("echoOf leaves an answer that goes on, and texts that a model may say again", () => {
    assert.strictEqual(echoOf("One. Two. ", "Three."), 0)
    assert.strictEqual(echoOf("One. Two. ", "One. Two, or three."), 0)
    assert.strictEqual(echoOf("1", "12"), 0)
    assert.strictEqual(echoOf("  Yes \n\n\n\n", "  Yes \n\n\n\n"), 0)
  })
})
