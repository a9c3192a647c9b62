import { assert, describe, it } from "@effect/vitest"
import { filedError } from "../../src/services/filedError.ts"

describe("filedError", () => {
  it("filedError gives the error that was filed, about its row alone", () => {
    const failure = { reason: "contextTooLong", found: "9000 tokens", remedy: "shorten it" } as const
    assert.deepInclude(filedError("p", "m", JSON.stringify(failure)), {
      ...failure,
      provider: "p",
      model: "m",
      oneRow: true
    })
  })

  it("filedError says what is to be done where no more is on file, and throws where that is no JSON", () => {
    assert.deepInclude(filedError("p", "m", null), { reason: "malformed", found: "no answer" })
    assert.match(filedError("p", "m", "{}").remedy, /--retry-rejects/)
    assert.throws(() => filedError("p", "m", '{"rea'), SyntaxError)
  })
})
