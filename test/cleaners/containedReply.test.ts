import { assert, describe, it } from "@effect/vitest"
import { containedReply } from "../../src/cleaners/containedReply.ts"

describe("containedReply", () => {
  it("containedReply tells equal from almost equal", () => {
    assert.strictEqual(containedReply("Yes.", "Yes."), "equal")
    assert.strictEqual(containedReply("caf\u00e9  au lait", " cafe\u0301 au\nlait "), "almostEqual")
    assert.isNull(containedReply("Yes.", "yes."))
  })

  it("containedReply says which reply stands inside which, white space aside", () => {
    const short = "Take the train at nine."
    assert.strictEqual(containedReply(short, `Well. Take the  train\nat nine. Or not.`), "chosenInRejected")
    assert.strictEqual(containedReply(`${short} It is cheap.`, short), "rejectedInChosen")
  })

  it("containedReply does not take a few characters, or none, for a reply that is repeated", () => {
    assert.isNull(containedReply("4", "14 is the answer, not 41"))
    assert.isNull(containedReply("", "Something that is said at length"))
  })
})
