import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Bytes that are the same for the same seed and hold zeros, as binary files do. */
export const binary = (seed: string, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let at = 0, i = 0; at < length; at += 32, i++)
    crypto.createHash("sha256").update(`${seed}${i}`).digest().copy(bytes, at)
  bytes[0] = 0
  return bytes
}

const write = (folder: string, name: string, bytes: Buffer | string) => {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  fs.writeFileSync(path.join(folder, name), bytes)
}

/** Makes a folder as a run leaves it, with these data files; the journal in it must never leave the machine. */
export const finishedRun = (data: Readonly<Record<string, Buffer>>, simulated = false) => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-push-")))
  const files = Object.entries(data).map(([name, bytes]) => {
    write(folder, name, bytes)
    return { path: name, rows: 1, bytes: bytes.length, sha256: crypto.hash("sha256", bytes) }
  })
  write(folder, "README.md", "---\npretty_name: x\n---\n\n# x\n")
  write(folder, "card/margins-1.svg", "<svg/>")
  write(folder, "croissant.json", "{}")
  write(folder, "report.html", "<!doctype html>")
  write(folder, ".prefloom/journal.sqlite", "journal")
  write(folder, "notes.txt", "private notes")
  write(folder, "manifest.json", JSON.stringify({ prefloom: "0.1.0", pipeline: "first", simulated, files }))
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) }
}

/** What of such a folder is pushed besides its data. */
export const besideData = ["README.md", "card/margins-1.svg", "croissant.json", "manifest.json", "report.html"]
