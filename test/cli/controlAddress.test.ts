import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, afterEach, assert, describe, it, vi } from "@effect/vitest"
import { controlAddress } from "../../src/cli/controlAddress.ts"

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-address-")))
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllEnvs())

const temporary = (name: string) => {
  const folder = path.join(root, name)
  fs.mkdirSync(folder, { recursive: true })
  vi.stubEnv("TMPDIR", folder)
  return folder
}

describe.skipIf(process.platform === "win32")("controlAddress", () => {
  it("controlAddress depends on the folder alone, not on the way to it", () => {
    temporary("same")
    fs.mkdirSync(path.join(root, "a", "b"), { recursive: true })
    fs.symlinkSync(path.join(root, "a"), path.join(root, "link"))
    const address = controlAddress(path.join(root, "a", "b"))
    assert.strictEqual(controlAddress(path.join(root, "link", "b", "..", "b")), address)
    assert.strictEqual(controlAddress(path.relative(process.cwd(), path.join(root, "a", "b"))), address)
    assert.notStrictEqual(controlAddress(path.join(root, "a")), address)
  })

  it("controlAddress goes elsewhere where the temporary folder has too long a name", () => {
    const long = temporary("l".repeat(90))
    const address = controlAddress(root)
    assert.isAtMost(Buffer.byteLength(address), 103)
    assert.isFalse(address.startsWith(long))
  })

  it("controlAddress refuses a folder that others may use, and a link to one", () => {
    const open = temporary("open")
    const own = path.join(open, `prefloom-${process.getuid!()}`)
    fs.mkdirSync(own)
    fs.chmodSync(own, 0o755)
    assert.throws(() => controlAddress(root), /expected one of this user with mode 700; remove it/)
    fs.rmdirSync(own)
    const elsewhere = path.join(open, "elsewhere")
    fs.mkdirSync(elsewhere, { mode: 0o700 })
    fs.symlinkSync(elsewhere, own)
    assert.throws(() => controlAddress(root), /expected one of this user/)
    fs.unlinkSync(own)
    assert.strictEqual(path.dirname(controlAddress(root)), own)
    assert.strictEqual(fs.statSync(own).mode & 0o777, 0o700)
  })
})
