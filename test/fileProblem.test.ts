import { assert, describe, it } from "@effect/vitest"
import { fileProblem } from "../src/fileProblem.ts"

const error = (code: string, file?: string) =>
  Object.assign(new Error(`${code}: text`), { code }, file === undefined ? {} : { path: file })

describe("fileProblem", () => {
  it("says which file could not be used and what to do", () => {
    assert.strictEqual(
      fileProblem(error("EACCES", "out/a")),
      'Cannot use "out/a": EACCES: text; check that the folder exists and can be written'
    )
    assert.strictEqual(
      fileProblem(error("ENOSPC", "out/a")),
      'Cannot write to "out/a": found no room on its disk (ENOSPC: text), expected some; free some'
    )
    assert.match(fileProblem(error("EDQUOT"))!, /^Cannot write to a file of the run: found no room/)
  })

  it("says nothing of errors of other kinds", () => {
    assert.isNull(fileProblem(error("ECONNRESET")))
    assert.isNull(fileProblem(new Error("mine")))
    assert.isNull(fileProblem("text"))
  })
})
