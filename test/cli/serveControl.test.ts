import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { askControl } from "../../src/cli/askControl.ts"
import { controlAddress } from "../../src/cli/controlAddress.ts"
import { renderStatus } from "../../src/cli/renderStatus.ts"
import { serveControl } from "../../src/cli/serveControl.ts"
import type { SteeredRun } from "../../src/cli/RunStatus.ts"
import { Control } from "../../src/Control.ts"
import { Progress } from "../../src/Progress.ts"

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-control-")))
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

const folderNamed = (name: string) => {
  const folder = path.join(root, name)
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

const runOf = (): SteeredRun => {
  const progress = new Progress()
  progress.totalRows = 500
  Object.assign(progress.stage("jsonl"), { rowsOut: 120 })
  Object.assign(progress.stage("generate"), { rowsIn: 110, rowsOut: 100, rejected: 3 })
  Object.assign(progress.model("small"), { inFlight: 3, answered: 200, promptTokens: 900, costUsd: 0.25 })
  Object.assign(progress.route("http://a"), { inFlight: 3, limit: 16 })
  Object.assign(progress.route("http://b"), { limit: 4, problem: "status 503" })
  const control = new Control()
  for (let i = 0; i < 3; i++) control.count(1)
  const steps = [
    { key: "jsonl", kind: "source" },
    { key: "generate", kind: "each", callsPerRow: 2 }
  ] as const
  return { pipeline: "first", progress, control, outline: { steps, limit: 400, sourceRows: null, control } }
}

const unix = it.skipIf(process.platform === "win32")

describe("serveControl", () => {
  it.live("serveControl tells the state of a run and takes it away at the end", () =>
    Effect.gen(function* () {
      const folder = folderNamed("state")
      const scope = yield* Scope.make()
      yield* Scope.provide(serveControl(folder, runOf()), scope)
      const status = yield* askControl(folder, { do: "status" })
      assert.include(status, {
        pipeline: "first",
        folder,
        pid: process.pid,
        paused: false,
        limit: null,
        stopping: null
      })
      assert.include(status, { callsInFlight: 3, totalRows: 400, costUsd: 0.25 })
      assert.deepStrictEqual(status.stages, [
        { key: "jsonl", kind: "source", rowsIn: 0, rowsOut: 120, rejected: 0 },
        { key: "generate", kind: "each", callsPerRow: 2, rowsIn: 110, rowsOut: 100, rejected: 3 }
      ])
      assert.deepStrictEqual(status.endpoints, [
        { endpoint: "http://a", inFlight: 3, limit: 16, problem: null, limitedMs: 0 },
        { endpoint: "http://b", inFlight: 0, limit: 4, problem: "status 503", limitedMs: 0 }
      ])
      assert.include(status.models[0], { model: "small", inFlight: 3, answered: 200 })
      yield* Scope.close(scope, Exit.void)
      const { message } = yield* Effect.flip(askControl(folder, { do: "status" }))
      assert.include(message, `no run that is going in "${folder}"`)
      if (process.platform !== "win32") assert.isFalse(fs.existsSync(controlAddress(folder)))
    })
  )

  it.live("serveControl moves the levers", () =>
    Effect.gen(function* () {
      const folder = folderNamed("levers")
      const run = runOf()
      yield* serveControl(folder, run)
      assert.isTrue((yield* askControl(folder, { do: "pause" })).paused)
      assert.isTrue(run.control.paused)
      assert.isFalse((yield* askControl(folder, { do: "resume" })).paused)
      assert.strictEqual((yield* askControl(folder, { do: "limit", limit: 7 })).limit, 7)
      assert.strictEqual(run.control.limit, 7)
      assert.isNull((yield* askControl(folder, { do: "limit", limit: null })).limit)
      assert.isNull(run.control.stopReason)
      assert.include((yield* askControl(folder, { do: "stop" })).stopping, "prefloom ctl")
      assert.isFalse(run.control.mayStart())
    }).pipe(Effect.scoped)
  )

  it.live("serveControl answers a request to stop that ends the run at once", () =>
    Effect.gen(function* () {
      const folder = folderNamed("at once")
      const run = runOf()
      const scope = yield* Scope.make()
      yield* Scope.provide(serveControl(folder, run), scope)
      run.control.onChange(() => void Effect.runFork(Scope.close(scope, Exit.void)))
      assert.include((yield* askControl(folder, { do: "stop" })).stopping, "prefloom ctl")
      const { message } = yield* Effect.flip(askControl(folder, { do: "status" }))
      assert.include(message, `no run that is going in "${folder}"`)
    })
  )

  it.live("serveControl finds the run whatever path leads to its folder", () =>
    Effect.gen(function* () {
      const folder = folderNamed("real")
      const link = path.join(root, "link")
      fs.symlinkSync(folder, link, "junction")
      yield* serveControl(link, runOf())
      const relative = path.relative(process.cwd(), folder)
      assert.strictEqual((yield* askControl(relative, { do: "status" })).folder, folder)
    }).pipe(Effect.scoped)
  )

  unix("serveControl listens where nobody else may, at a path that sockets can have", () =>
    Effect.gen(function* () {
      const folder = folderNamed(`deep/${"x".repeat(200)}`)
      yield* serveControl(folder, runOf())
      const address = controlAddress(folder)
      assert.isAtMost(Buffer.byteLength(address), 103)
      assert.strictEqual(fs.statSync(address).mode & 0o777, 0o600)
      assert.strictEqual(fs.statSync(path.dirname(address)).mode & 0o777, 0o700)
      assert.isTrue(path.relative(folder, address).startsWith(".."))
    }).pipe(Effect.scoped, Effect.runPromise)
  )

  unix("serveControl replaces what a killed run left, and leaves a run alone that answers", () =>
    Effect.gen(function* () {
      const folder = folderNamed("stale")
      const address = controlAddress(folder)
      yield* Effect.promise(() => leaveSocket(address))
      assert.isTrue(fs.existsSync(address))
      assert.include((yield* Effect.flip(askControl(folder, { do: "status" }))).message, "no run that is going")
      const first = runOf()
      yield* serveControl(folder, first)
      const warnings: Array<unknown> = []
      const second = runOf()
      yield* serveControl(folder, second).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => void warnings.push(message))]))
      )
      assert.include(String(warnings), "another run is going in the same folder")
      yield* askControl(folder, { do: "pause" })
      assert.deepStrictEqual([first.control.paused, second.control.paused], [true, false])
    }).pipe(Effect.scoped, Effect.runPromise)
  )

  it.live("serveControl refuses what is no request and stays", () =>
    Effect.gen(function* () {
      const folder = folderNamed("noise")
      const run = runOf()
      yield* serveControl(folder, run)
      const sent = ["hello", '{"do":"explode"}', '{"do":"limit","limit":0}', '{"do":"limit","limit":1.5}', "[]", ""]
      const replies = yield* Effect.promise(() => talk(controlAddress(folder), `${sent.join("\n")}\n`, sent.length))
      assert.lengthOf(replies, sent.length)
      for (const reply of replies) assert.include(JSON.parse(reply).problem, "Cannot read the request")
      assert.isNull(run.control.limit)
      const cut = yield* Effect.promise(() => talk(controlAddress(folder), "x".repeat(1_000_000), 1))
      assert.deepStrictEqual(cut, [])
      assert.strictEqual((yield* askControl(folder, { do: "status" })).pipeline, "first")
    }).pipe(Effect.scoped)
  )

  it.live("askControl names a folder that is not there", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(askControl(path.join(root, "nowhere"), { do: "status" }))
      assert.match(message, /no folder ".*nowhere", expected .*; name the output folder/)
    })
  )
})

describe("renderStatus", () => {
  it.live("renderStatus says all that is going on and passes no width", () =>
    Effect.gen(function* () {
      const folder = folderNamed("render")
      const run = runOf()
      yield* serveControl(folder, run)
      run.control.setLimit(2)
      const text = renderStatus({ ...(yield* askControl(folder, { do: "pause" })), elapsedMs: 60_000 }, 200)
      assert.deepStrictEqual(text.split("\n"), [
        `first in ${folder}`,
        `running for 1 min 0 s as process ${process.pid}`,
        "",
        "jsonl             120 of 400 out                2/s",
        "generate  110 in         100 out  3 rejected  1.7/s",
        "paused: no new call starts",
        // 103 of 400 rows are done: 0.25 · 400 / 103.
        "calls: 3 in flight (limit 2), 200 answered, 900 tokens, $0.25 (about $0.971 at the end)",
        "endpoint http://b is down: status 503; asked again in a while",
        "limit 2 is set with prefloom ctl; that of http://a is 16"
      ])
      const stopped = yield* askControl(folder, { do: "stop" })
      assert.match(renderStatus(stopped, 200), /^Stopped with prefloom ctl\n[^]*^stopping: finishing 3 calls$/m)
      for (const line of renderStatus(stopped, 20).split("\n")) assert.isAtMost(line.length, 20)
    }).pipe(Effect.scoped)
  )

  it.live("renderStatus names endpoints where there are several, and repeats nothing of a sole one", () =>
    Effect.gen(function* () {
      const folder = folderNamed("endpoints")
      const run = runOf()
      yield* serveControl(folder, run)
      const linesOf = Effect.map(askControl(folder, { do: "status" }), (status) =>
        renderStatus(status, 200).split("\n").slice(5)
      )
      const calls = (limit: number) => `calls: 3 in flight (limit ${limit}), 200 answered, 900 tokens, $0.25`
      run.progress.route("http://b").problem = null
      const both = ["endpoint http://a: 3 in flight (limit 16)", "endpoint http://b: 0 in flight (limit 4)"]
      assert.deepStrictEqual(
        (yield* linesOf).map((line) => line.replace(/ \(about.*/, "")),
        [calls(20), ...both]
      )
      run.control.setLimit(2)
      assert.deepStrictEqual((yield* linesOf).slice(1), [...both, "limit 2 is set with prefloom ctl"])
      run.control.setLimit(null)
      run.progress.routes.delete("http://b")
      assert.deepStrictEqual(
        (yield* linesOf).map((line) => line.replace(/ \(about.*/, "")),
        [calls(16)]
      )
    }).pipe(Effect.scoped)
  )
})

/** What a process leaves that is killed while it listens. */
const leaveSocket = async (address: string) => {
  const kept = `${address}.kept`
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(address, resolve))
  // Closing takes the socket's own path away; under another name it stays.
  fs.renameSync(address, kept)
  await new Promise((resolve) => server.close(resolve))
  fs.renameSync(kept, address)
}

/** Sends text and gives the lines that come back, until there are `n` or the other side hangs up. */
const talk = (address: string, text: string, n: number): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    const socket = net.connect(address, () => socket.write(text))
    let heard = ""
    const lines = () => heard.split("\n").slice(0, -1)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => resolve(lines()))
    socket.setEncoding("utf8").on("data", (more: string) => {
      heard += more
      if (lines().length >= n) socket.destroy()
    })
  })
