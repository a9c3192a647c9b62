import * as fs from "node:fs"
import * as net from "node:net"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { controlAddress } from "./controlAddress.ts"
import { ControlReply, ControlRequest, statusOf, type SteeredRun } from "./RunStatus.ts"

/**
 * Lets `prefloom ctl` see and steer a run until the scope closes; `folder` is the run's and has to exist.
 *
 * Requests and replies are lines of JSON. Only the same user can connect. What a killed run left is replaced. A run does not
 * depend on it: where it cannot listen, a warning says so and the run goes on.
 */
export const serveControl = (folder: string, run: SteeredRun): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const startedAt = clock.currentTimeMillisUnsafe()
    const address = yield* Effect.try({ try: () => controlAddress(folder), catch: (cause) => cause as Error })
    const real = fs.realpathSync(folder)
    const reply = (line: string): typeof ControlReply.Type => {
      const request = decodeRequest(line)
      if (Result.isFailure(request)) {
        return { problem: "Cannot read the request; use the version of Prefloom that the run was started with" }
      }
      carryOut(run, request.success)
      return { status: statusOf(run, real, clock.currentTimeMillisUnsafe() - startedAt) }
    }
    const sockets = new Set<net.Socket>()
    yield* Effect.acquireRelease(
      listen(address, (socket) => {
        sockets.add(socket)
        socket.on("close", () => sockets.delete(socket))
        answer(socket, reply)
      }),
      (server) =>
        Effect.andThen(
          // A request to stop may end the run before it is answered.
          Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
          Effect.sync(() => {
            // Takes the socket away, too.
            server.close()
            for (const socket of sockets) socket.destroySoon()
          })
        )
    )
  }).pipe(
    Effect.catch(({ message }: Error) => Effect.logWarning(`prefloom ctl cannot steer this run: ${message}`)),
    Effect.asVoid
  )

const decodeRequest = Schema.decodeUnknownResult(Schema.fromJsonString(ControlRequest))

const carryOut = ({ control }: SteeredRun, request: ControlRequest): void => {
  switch (request.do) {
    case "status":
      return
    case "pause":
      return control.pause()
    case "resume":
      return control.resume()
    case "limit":
      return control.setLimit(request.limit)
    case "stop":
      return control.stop("Stopped with prefloom ctl")
  }
}

const longestLine = 10_000

const answer = (socket: net.Socket, reply: (line: string) => typeof ControlReply.Type): void => {
  let rest = ""
  socket.setEncoding("utf8")
  socket.on("error", () => socket.destroy())
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n")
    rest = lines.pop()!
    for (const line of lines) socket.write(`${JSON.stringify(reply(line))}\n`)
    if (rest.length > longestLine) socket.destroy()
  })
}

const listen = (address: string, onSocket: (socket: net.Socket) => void): Effect.Effect<net.Server, Error> =>
  Effect.catch(listenOnce(address, onSocket), (problem) => {
    if (problem.code !== "EADDRINUSE" || process.platform === "win32") return Effect.fail(problem)
    return Effect.flatMap(isListening(address), (isAlive) => {
      if (isAlive) return Effect.fail(new Error("another run is going in the same folder"))
      fs.rmSync(address, { force: true })
      return listenOnce(address, onSocket)
    })
  })

const listenOnce = (
  address: string,
  onSocket: (socket: net.Socket) => void
): Effect.Effect<net.Server, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const server = net.createServer(onSocket)
    server.once("error", (problem) => resume(Effect.fail(problem)))
    server.listen(address, () => {
      if (process.platform !== "win32") fs.chmodSync(address, 0o600)
      // A connection that breaks concerns nobody else.
      server.on("error", () => {})
      resume(Effect.succeed(server))
    })
  })

const isListening = (address: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = net.connect(address)
    const end = (isAlive: boolean) => {
      socket.destroy()
      resume(Effect.succeed(isAlive))
    }
    socket.once("connect", () => end(true)).once("error", () => end(false))
  })
