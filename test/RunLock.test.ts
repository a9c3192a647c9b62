import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { lockRun } from "../src/RunLock.ts"
import { temporaryFolder } from "./stages/collect.ts"

/** Another process that holds the folder until it is killed. */
const holder = (folder: string) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<childProcess.ChildProcess>((resolve) => {
          const script = `
            import * as Effect from "effect/Effect"
            import { lockRun } from ${JSON.stringify(new URL("../src/RunLock.ts", import.meta.url).href)}
            await Effect.runPromise(Effect.scoped(Effect.andThen(lockRun(${JSON.stringify(folder)}), Effect.promise(() => {
              process.stdout.write("locked")
              return new Promise((resolve) => setTimeout(resolve, 60_000))
            }))))`
          const child = childProcess.spawn(process.execPath, ["--input-type=module", "--eval", script], {
            cwd: import.meta.dirname,
            stdio: ["ignore", "pipe", "inherit"]
          })
          child.stdout.once("data", () => resolve(child))
        })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const tryLock = (folder: string) => Effect.scoped(Effect.result(lockRun(folder)))

describe("lockRun", () => {
  it.live("lockRun lets one run into a folder, and the next once it has ended", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporaryFolder, "out")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* lockRun(folder)
          const second = yield* tryLock(folder)
          assert.strictEqual(second._tag, "Failure")
          if (second._tag === "Failure") {
            assert.include(second.failure.message, `Cannot run in "${folder}": found another run that is going there`)
            assert.include(second.failure.message, `prefloom ctl ${folder} stop`)
          }
          assert.strictEqual((yield* tryLock(path.join(folder, "other")))._tag, "Success")
        })
      )
      assert.strictEqual((yield* tryLock(folder))._tag, "Success")
    })
  )

  it.live("lockRun keeps out another process, and is free again when that is killed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const child = yield* holder(folder)
      assert.strictEqual((yield* tryLock(folder))._tag, "Failure")
      const exited = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGKILL")
      yield* Effect.promise(() => exited)
      assert.strictEqual((yield* tryLock(folder))._tag, "Success")
    })
  )

  it.live("lockRun names a place where no folder can be", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "file")
      fs.writeFileSync(file, "")
      const exit = yield* Effect.exit(tryLock(file))
      assert.match(String(exit), /EEXIST|ENOTDIR/)
    })
  )
})
