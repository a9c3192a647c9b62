import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { sandbox } from "../src/sandbox.ts"

/** What a program prints. */
const printed = (program: string) =>
  Effect.map(sandbox(program), (result) => {
    assert.strictEqual(result.ended, "exit")
    return result.ended === "exit" ? result.stdout.trim() : ""
  })

const attempt = (action: string) => `try { ${action}; console.log("done") } catch (error) { console.log(error.code) }`

describe.skipIf(process.platform !== "linux")("sandbox", () => {
  it.live("sandbox runs a program and tells its exit code and what it wrote", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* sandbox('console.log(6 * 7); console.error("x"); process.exit(3)'), {
        ended: "exit",
        code: 3,
        stdout: "42\n",
        stderr: "x\n"
      })
    })
  )

  it.live("sandbox has no files, no processes, no workers, no environment and no network", () =>
    Effect.gen(function* () {
      const denied = "ERR_ACCESS_DENIED"
      assert.strictEqual(yield* printed(attempt('require("node:fs").readFileSync("/etc/hostname")')), denied)
      assert.strictEqual(yield* printed(attempt('require("node:fs").writeFileSync("/tmp/escaped", "")')), denied)
      assert.strictEqual(yield* printed(attempt('require("node:child_process").execSync("true")')), denied)
      assert.strictEqual(
        yield* printed(attempt('new (require("node:worker_threads").Worker)("", { eval: true })')),
        denied
      )
      assert.strictEqual(yield* printed("console.log(Object.keys(process.env).length)"), "0")
      // This process listens where the program knocks.
      const net = yield* Effect.promise(() => import("node:net"))
      const server = net.createServer((socket) => socket.end())
      yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
      const { port } = server.address() as { readonly port: number }
      const knock = `require("node:net").connect(${port}, "127.0.0.1").on("connect", () => { console.log("in"); process.exit() }).on("error", (error) => console.log(error.code))`
      assert.include(["ENETUNREACH", "ECONNREFUSED"], yield* printed(knock))
      server.close()
      // Signals end at the process itself: it sees no other.
      assert.strictEqual(yield* printed(`console.log(process.pid, process.ppid)`), "1 0")
      assert.strictEqual(yield* printed(attempt(`process.kill(${process.pid}, 0)`)), "ESRCH")
    })
  )

  it.live("sandbox kills a program that takes too long, too much memory or writes too much", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* sandbox("for (;;) {}", { timeoutMs: 500 }), { ended: "time" })
      assert.deepStrictEqual(yield* sandbox("setInterval(() => {}, 1000)", { timeoutMs: 500 }), { ended: "time" })
      const grow = "const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)"
      assert.deepStrictEqual(yield* sandbox(grow, { memoryMb: 150, timeoutMs: 20_000 }), { ended: "memory" })
      const heap = "const all = []; for (;;) all.push([Math.random(), {}])"
      assert.deepStrictEqual(yield* sandbox(heap, { memoryMb: 150, timeoutMs: 20_000 }), { ended: "memory" })
      assert.deepStrictEqual(yield* sandbox('setInterval(() => process.stdout.write("x".repeat(1e5)), 1)'), {
        ended: "output"
      })
    })
  )

  it.live("sandbox runs nothing where the network cannot be taken away, and says so", () =>
    Effect.gen(function* () {
      const before = Object.getOwnPropertyDescriptor(process, "platform")!
      Object.defineProperty(process, "platform", { value: "darwin" })
      const error = yield* Effect.flip(sandbox("console.log(1)")).pipe(
        Effect.ensuring(Effect.sync(() => void Object.defineProperty(process, "platform", before)))
      )
      assert.match(error.message, /Cannot run code in isolation: found the system "darwin", expected Linux/)
    })
  )
})
