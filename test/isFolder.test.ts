import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { isFolder } from "../src/isFolder.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-folder-"))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

describe("isFolder", () => {
  it("isFolder tells a folder, also behind a link, from a file, from nothing and from what is no path", () => {
    const file = path.join(folder, "file")
    fs.writeFileSync(file, "mine")
    fs.symlinkSync(folder, path.join(folder, "link"), "junction")
    assert.isTrue(isFolder(folder))
    assert.isTrue(isFolder(path.join(folder, "link")))
    for (const other of [file, path.join(file, "below"), path.join(folder, "nothing"), "x".repeat(300), "a\0b"]) {
      assert.isFalse(isFolder(other), other)
    }
  })
})
