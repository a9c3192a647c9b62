import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { CommandFailed } from "./CommandFailed.ts"
import { controlAddress } from "./controlAddress.ts"
import { ControlReply, type ControlRequest, type RunStatus } from "./RunStatus.ts"

/** Asks something of the run that is going in `folder` and gives its state afterwards. Fails where no run is going there. */
export const askControl = Effect.fnUntraced(function* (
  folder: string,
  request: ControlRequest
): Effect.fn.Return<RunStatus, CommandFailed> {
  const address = yield* Effect.catch(
    Effect.try({ try: () => controlAddress(folder), catch: (cause) => cause as NodeJS.ErrnoException }),
    (problem) =>
      problem.code !== undefined && noFolder.has(problem.code)
        ? fail(`no folder "${folder}"`, folderOfRun, whereRunsAre)
        : Effect.fail(new CommandFailed({ message: problem.message }))
  )
  const line = yield* Effect.catch(
    Effect.timeoutOrElse(exchangeLines(address, JSON.stringify(request)), {
      duration: longestWaitMs,
      orElse: () => fail(`no answer of the run in "${folder}"`, "one within 10 s", "try again when it is less busy")
    }),
    (problem) => {
      if (problem instanceof CommandFailed) return Effect.fail(problem)
      if (problem.code !== undefined && notThere.has(problem.code)) {
        return fail(`no run that is going in "${folder}"`, folderOfRun, whereRunsAre)
      }
      return fail(
        `"${problem.message}" in place of an answer of the run in "${folder}"`,
        "its state",
        "try again, and see in its terminal whether it is still going"
      )
    }
  )
  const reply = decodeReply(line)
  if (Result.isFailure(reply)) {
    return yield* fail(
      `an answer of the run in "${folder}" that is not known here`,
      "its state",
      "use the version of Prefloom that the run was started with"
    )
  }
  if ("problem" in reply.success) return yield* new CommandFailed({ message: reply.success.problem })
  return reply.success.status
})

const fail = (found: string, expected: string, remedy: string): Effect.Effect<never, CommandFailed> =>
  Effect.fail(new CommandFailed({ message: `Cannot reach a run: found ${found}, expected ${expected}; ${remedy}` }))

const longestWaitMs = 10_000

const folderOfRun = "the output folder of a run that is going"

const whereRunsAre = "name the output folder of a run that this user has started on this machine"

const noFolder = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"])

const notThere = new Set(["ENOENT", "ECONNREFUSED"])

const decodeReply = Schema.decodeUnknownResult(Schema.fromJsonString(ControlReply))

/** Sends one line and gives the first line that comes back. */
const exchangeLines = (address: string, line: string): Effect.Effect<string, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const socket = net.connect(address)
    let heard = ""
    socket.setEncoding("utf8")
    socket.once("connect", () => socket.write(`${line}\n`))
    socket.on("data", (text: string) => {
      heard += text
      const end = heard.indexOf("\n")
      if (end < 0) return
      resume(Effect.succeed(heard.slice(0, end)))
      socket.destroy()
    })
    socket.once("error", (problem) => resume(Effect.fail(problem)))
    socket.once("close", () => resume(Effect.fail(new Error("it ended"))))
    return Effect.sync(() => socket.destroy())
  })
