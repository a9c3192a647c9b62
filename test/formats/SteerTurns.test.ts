import { assert, describe, it } from "@effect/vitest"
import { textMessage } from "../../src/formats/Messages.ts"
import { readSteerTurns, writeSteerTurns } from "../../src/formats/SteerTurns.ts"

const reasonOf = (written: string | object): unknown => (typeof written === "string" ? null : Object.values(written)[0])

describe("SteerTurns", () => {
  it("SteerTurns splits a prompt as the card of HelpSteer2 shows it, and joins it again", () => {
    const prompt = "first\n<extra_id_1>Assistant\nan answer\n\n<extra_id_1>User\nsecond\n"
    const turns = readSteerTurns(prompt)
    assert.deepStrictEqual(
      turns.map(({ content, role }) => [role, content]),
      [
        ["user", "first"],
        ["assistant", "an answer\n"],
        ["user", "second\n"]
      ]
    )
    assert.strictEqual(writeSteerTurns(turns, "prompt"), prompt)
  })

  it("SteerTurns leaves a prompt without markers alone, and one that only names them", () => {
    for (const prompt of ["", "c#", "what is <extra_id_1>User\n?"]) {
      assert.deepStrictEqual(readSteerTurns(prompt), [textMessage("user", prompt)])
      assert.strictEqual(writeSteerTurns([textMessage("user", prompt)], "prompt"), prompt)
    }
  })

  it("SteerTurns refuses what has no place: no turn, a system turn, the assistant's first, a marker in a text", () => {
    const user = textMessage("user", "a")
    assert.strictEqual(reasonOf(writeSteerTurns([], "prompt")), "empty prompt")
    assert.strictEqual(reasonOf(writeSteerTurns([textMessage("system", "s"), user], "prompt")), "no plain text")
    assert.strictEqual(reasonOf(writeSteerTurns([textMessage("assistant", "s"), user], "prompt")), "no plain text")
    const marked = textMessage("user", "a\n<extra_id_1>Assistant\nb")
    assert.strictEqual(reasonOf(writeSteerTurns([marked], "prompt")), "marker inside a text")
  })
})
