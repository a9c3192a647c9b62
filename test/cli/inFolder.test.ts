import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it, vi } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { inFolder } from "../../src/cli/inFolder.ts"
import { Run } from "../../src/Run.ts"
import { writeText } from "../../src/sinks/writeText.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "pairs.jsonl": '{"prompt":"p","chosen":"a","rejected":"b"}\n',
  "votes.jsonl": Array.from(
    { length: 20_000 },
    (_, i) => `{"prompt":"p${i}","chosen":"a${i}","rejected":"b","annotator":"w${i % 7}"}\n`
  ).join(""),
  "here/mine.txt": "mine"
})
afterAll(remove)

const fail = Effect.fail({ message: "no" })

describe("inFolder", () => {
  it.effect("inFolder makes the folder, and takes away what it made where the work fails", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* inFolder(path.join(folder, "new/out"), [], Effect.succeed(7)), 7)
      assert.isTrue(fs.existsSync(path.join(folder, "new/out/.prefloom/lock")))
      const { message } = yield* Effect.flip(inFolder(path.join(folder, "other/deep/out"), [], fail))
      assert.strictEqual(message, "no")
      assert.isFalse(fs.existsSync(path.join(folder, "other")))
      yield* Effect.flip(inFolder(path.join(folder, "here/out"), [], fail))
      assert.deepStrictEqual(fs.readdirSync(path.join(folder, "here")), ["mine.txt"])
      // What was there before stays, and what the work left.
      yield* Effect.flip(inFolder(path.join(folder, "new/out"), [], fail))
      assert.isTrue(fs.existsSync(path.join(folder, "new/out/.prefloom/lock")))
      yield* Effect.flip(inFolder(path.join(folder, "left"), [], Effect.andThen(writeText("a.txt", "a"), fail)))
      assert.include(fs.readdirSync(path.join(folder, "left")), "a.txt")
    })
  )

  it.effect("inFolder takes nothing of a process that holds the folder", () =>
    Effect.gen(function* () {
      const out = path.join(folder, "held")
      const spool = yield* inFolder(
        out,
        [],
        Effect.gen(function* () {
          const run = yield* Run
          const { message } = yield* Effect.flip(inFolder(out, [], fail))
          assert.include(message, "another run")
          return fs.existsSync(run.spool)
        })
      )
      assert.isTrue(spool)
    })
  )

  it.effect("inFolder says that it was stopped, and leaves nothing", () =>
    Effect.gen(function* () {
      const out = path.join(folder, "stopped")
      const told = vi.spyOn(process.stderr, "write").mockImplementation(() => true)
      const started = yield* Deferred.make<void>()
      const work = Effect.andThen(Deferred.succeed(started, undefined), Effect.never)
      const fiber = yield* Effect.forkChild(inFolder(out, [], work))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      const texts = told.mock.calls.map(([text]) => text)
      told.mockRestore()
      assert.deepStrictEqual(texts, [
        "Interrupted, without a result. The same command starts again from the beginning\n"
      ])
      assert.isFalse(fs.existsSync(out))
    })
  )

  it.each([
    ["audit", "absent.csv"],
    ["clean", "absent.csv", "--treatment", "flip"],
    ["audit", "here"],
    ["clean", "pairs.jsonl", "--treatment", "flip"]
  ])("prefloom %s %s leaves no folder where it fails", async (...words) => {
    const out = `failed-${words[0]}-${words[1].split(".")[0]!}`
    const { code, stderr } = await runPrefloom([...words, "--out", out], { cwd: folder })
    assert.strictEqual(code, 1, stderr)
    assert.isFalse(fs.existsSync(path.join(folder, out)))
  })

  it.skipIf(process.platform === "win32")("prefloom convert says that it was stopped", async () => {
    const { code, stderr } = await runPrefloom(
      ["convert", "votes.jsonl", "--to", "trl-preference", "--out", "x.jsonl"],
      {
        cwd: folder,
        started: (child) => {
          const look = setInterval(() => {
            if (!fs.readdirSync(folder).some((name) => name.startsWith(".x.jsonl."))) return
            clearInterval(look)
            child.kill("SIGTERM")
          }, 1)
          child.on("close", () => clearInterval(look))
        }
      }
    )
    assert.deepInclude([code, stderr.split("\n").at(-2)], 3)
    assert.match(stderr, /^Interrupted, without a result/m)
    assert.deepStrictEqual(
      fs.readdirSync(folder).filter((name) => name.includes("x.jsonl")),
      []
    )
  })
})
