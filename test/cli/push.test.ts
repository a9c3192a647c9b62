import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterEach, assert, describe, it } from "@effect/vitest"
import { besideData, binary, finishedRun } from "../hub/finishedRun.ts"
import { goodToken, HubServer, type HubServerOptions } from "../hub/HubServer.ts"
import { runPrefloom } from "./runPrefloom.ts"

const names = [0, 1, 2, 3].map((i) => `data/train-0000${i}-of-00004.parquet`)
const data = Object.fromEntries(names.map((name) => [name, binary(name, 40_000)]))

const ends: Array<() => unknown> = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const prepare = async (options: HubServerOptions = {}, simulated = false) => {
  const server = await HubServer.start(options)
  const { folder, remove } = finishedRun(data, simulated)
  ends.push(() => server.close(), remove)
  const push = (
    args: ReadonlyArray<string> = [],
    env: Readonly<Record<string, string>> = { HF_TOKEN: goodToken },
    started?: (child: ChildProcess) => void
  ) =>
    runPrefloom(
      ["push", folder, "me/pairs", ...(args.includes("--endpoint") ? [] : ["--endpoint", server.origin]), ...args],
      {
        env: { HF_TOKEN: "", ...env },
        ...(started === undefined ? {} : { started })
      }
    )
  return { server, folder, push }
}

describe("prefloom push", () => {
  it("prefloom push sends a run, says what came of it, and sends nothing the second time", async () => {
    const { push, server } = await prepare({}, true)
    const first = await push(["--private"])
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, /SIMULATED; the card does not say so/)
    assert.include(first.stdout, `Made     ${server.origin}/datasets/me/pairs`)
    assert.match(first.stdout, /^Note {5}the card states no licence/m)
    assert.match(first.stdout, /Sent {5}9 files/)
    assert.isTrue(server.repositories.get("me/pairs")!.isPrivate)
    const again = await push(["--private"])
    assert.match(again.stdout, /Sent {5}nothing: everything is there/)
    assert.strictEqual(server.commitsOf("me/pairs").length, 2)
    assert.strictEqual(server.commitsOf("me/pairs")[1]!.message, "Upload first with Prefloom 0.1.0")
  })

  it("prefloom push --dry-run lists files with sizes and changes nothing, with a token and without", async () => {
    const { folder, push, server } = await prepare()
    for (const env of [{ HF_TOKEN: goodToken }, {}]) {
      const { code, stdout } = await push(["--dry-run"], env)
      assert.strictEqual(code, 0)
      for (const name of [...names, ...besideData]) assert.include(stdout, name)
      assert.match(stdout, /Send {5} +40\.0 kB {2}data\/train-00000-of-00004\.parquet/)
      assert.match(stdout, /Would send 9 files, 160\.\d kB/)
    }
    assert.strictEqual(server.repositories.size, 0)
    assert.isTrue(server.seen.every(({ call }) => call === "revision"))
    const note = /^Note {5}the card states no licence/m
    assert.match((await push(["--dry-run"])).stdout, note)
    fs.rmSync(path.join(folder, "README.md"))
    const cardless = await push(["--dry-run"])
    assert.strictEqual(cardless.code, 1)
    assert.match(cardless.stderr, /found no card README\.md/)
    fs.writeFileSync(path.join(folder, "README.md"), "---\nlicense: mit\n---\n# Mine\n")
    assert.notMatch((await push(["--dry-run"])).stdout, note)
  })

  it("prefloom push --dry-run says after the first refused connection that the hub cannot be reached, and lists the files", async () => {
    const { push } = await prepare()
    const startedAt = performance.now()
    // Nothing listens on port 1.
    const { code, stderr, stdout } = await push(["--dry-run", "--endpoint", "http://127.0.0.1:1"])
    assert.strictEqual(code, 0, stderr)
    assert.match(
      stdout,
      /which cannot be reached: a broken connection to http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\); what is there/
    )
    assert.match(stdout, /Would send 9 files/)
    // Eight tries take a minute.
    assert.isBelow(performance.now() - startedAt, 20_000)
  })

  it("prefloom push goes on after it was killed in the middle, and leaves its token nowhere", async () => {
    const { folder, push, server } = await prepare({ storageMs: 300 })
    const killed = await push([], undefined, (child) => {
      const look = setInterval(() => {
        if (server.objects.size < 2) return
        clearInterval(look)
        child.kill("SIGKILL")
      }, 10)
    })
    assert.isNull(killed.code)
    const stored = server.objects.size
    assert.isBelow(stored, names.length)
    assert.deepStrictEqual([...server.filesOf("me/pairs").keys()], [".gitattributes"])
    const before = server.seen.length
    const { code, stderr, stdout } = await push()
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(server.seen.slice(before).filter(({ call }) => call === "put").length, names.length - stored)
    assert.includeMembers([...server.filesOf("me/pairs").keys()], [...names, ...besideData])
    const texts = [stdout, stderr, killed.stdout, killed.stderr, ...filesBelow(folder)]
    for (const text of texts) assert.notInclude(text, goodToken)
  })

  it("prefloom push takes the token from the variable that is named", async () => {
    const { push, server } = await prepare()
    const { code } = await push(["--token-variable", "OTHER", "--message", "By hand"], { OTHER: goodToken })
    assert.strictEqual(code, 0)
    assert.strictEqual(server.commitsOf("me/pairs")[1]!.message, "By hand")
  })

  it("prefloom push refuses with the remedy, and shows no token", async () => {
    const { folder, push, server } = await prepare()
    const none = await push([], {})
    assert.strictEqual(none.code, 1)
    assert.match(none.stderr, /found no token in HF_TOKEN/)
    const secret = "hf_wrongTokenForTests"
    const wrong = await push([], { HF_TOKEN: secret })
    assert.match(wrong.stderr, /status 401 \(Invalid credentials in Authorization header: Bearer \*\*\*\)/)
    assert.notInclude(wrong.stderr + wrong.stdout, secret)
    const broken = await push([], { HF_TOKEN: `${secret}\nx` })
    assert.match(broken.stderr, /characters that no token has/)
    const password = await runPrefloom(["push", folder, "me/pairs", "--endpoint", "http://me:myPassword@127.0.0.1:1"])
    assert.strictEqual(password.code, 1)
    assert.notInclude(password.stderr, "myPassword")
    fs.rmSync(path.join(folder, "manifest.json"))
    const unfinished = await push()
    assert.match(unfinished.stderr, /found no manifest\.json, expected the folder of a finished run/)
    assert.strictEqual(server.repositories.size, 0)
  })
})

const filesBelow = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
