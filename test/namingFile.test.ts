import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { namingFile } from "../src/namingFile.ts"

const thrownBy = (action: () => unknown) => {
  try {
    action()
  } catch (cause) {
    return cause as NodeJS.ErrnoException
  }
  return assert.fail("nothing was thrown")
}

describe("namingFile", () => {
  it.skipIf(!fs.existsSync("/dev/full"))("names the file where writing fails, and gives what comes of it else", () => {
    const write = () => fs.appendFileSync("/dev/full", "x")
    assert.isUndefined(thrownBy(write).path)
    const { code, path } = thrownBy(() => namingFile("/dev/full", write))
    assert.deepStrictEqual([code, path], ["ENOSPC", "/dev/full"])
    assert.strictEqual(
      namingFile("x", () => 7),
      7
    )
  })

  it("leaves names that are there, and other errors, as they are", () => {
    const absent = thrownBy(() => namingFile("other", () => fs.readFileSync("/absent")))
    assert.strictEqual(absent.path, "/absent")
    const own = new Error("mine")
    assert.strictEqual(
      thrownBy(() =>
        namingFile("other", () => {
          throw own
        })
      ),
      own
    )
    assert.notProperty(own, "path")
  })
})
