import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { ensureFolder } from "../src/ensureFolder.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-ensure-"))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

describe("ensureFolder", () => {
  it("ensureFolder makes a folder with all above it, and takes one that is there", () => {
    const place = path.join(folder, "some", "where", "deep")
    ensureFolder(place)
    fs.writeFileSync(path.join(place, "file"), "mine")
    ensureFolder(place)
    ensureFolder(path.parse(place).root)
    assert.deepStrictEqual(fs.readdirSync(place), ["file"])
    assert.throws(() => ensureFolder(path.join(place, "file")), /EEXIST/)
    assert.throws(() => ensureFolder(path.join(place, "file", "below")), /EEXIST/)
    assert.throws(() => ensureFolder(path.join(place, "x".repeat(300), "below")), /ENAMETOOLONG/)
  })

  it.skipIf(process.platform !== "linux")("ensureFolder comes to an end where a system makes no folder", () => {
    for (const place of ["/proc/prefloom", "/proc/prefloom/below"]) {
      assert.throws(() => ensureFolder(place), /ENOENT|EACCES|EPERM|EROFS/)
    }
  })
})
