import * as Argument from "effect/cli/Argument"
import { booleanFlag } from "./booleanFlag.ts"
import { usageError } from "./usageError.ts"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { amount, counted } from "./Amount.ts"
import { printable } from "./printable.ts"
import type { ControlRequest, RunStatus } from "./RunStatus.ts"
import { printJson, printResult } from "./StandardOutput.ts"

/** `prefloom ctl`: sees and steers a run that is going in another terminal. */
export const ctl = Command.make(
  "ctl",
  {
    out: Argument.String("out").pipe(Argument.withDescription("Output folder of a run that is going")),
    action: Argument.Literals("action", ["status", "pause", "resume", "limit", "stop"]).pipe(
      Argument.withDescription("status, pause, resume, limit or stop")
    ),
    number: Argument.String("N").pipe(
      Argument.withDescription("For limit: most calls in flight, or none"),
      Argument.optional
    ),
    json: booleanFlag("json", "Print the state of the run as one JSON object")
  },
  Effect.fnUntraced(function* ({ action, json, number, out }) {
    const request = requestOf(action, Option.getOrNull(number))
    if (typeof request === "string") {
      return yield* usageError(["ctl"], request)
    }
    const [{ askControl }, { renderStatus }] = yield* Effect.promise(() =>
      Promise.all([import("./askControl.ts"), import("./renderStatus.ts")])
    )
    const status = yield* askControl(out, request)
    if (json) return yield* printJson(status)
    const width = process.stdout.isTTY ? Math.max(1, process.stdout.columns || 80) : Number.POSITIVE_INFINITY
    return yield* printResult(request.do === "status" ? renderStatus(status, width) : said(request, status, out))
  })
).pipe(
  Command.withDescription(
    `See and steer a run that is going in another terminal.

  status tells rows, calls, endpoints and spend. pause starts no new call; those in flight end. resume goes on. limit N keeps at
  most N calls in flight, limit none takes that back. stop lets calls in flight end and ends the run with exit code 3; the command
  that started it resumes it.`
  ),
  Command.withShortDescription("See, pause, limit or stop a run that is going"),
  Command.withExamples([
    { command: "prefloom ctl out/first status", description: "How far the run is" },
    { command: "prefloom ctl out/first limit 4", description: "Leave the server some room" },
    { command: "prefloom ctl out/first stop", description: "End it; everything paid for is kept" }
  ])
)

/** The request, or what is wrong with the words for it. */
const requestOf = (action: ControlRequest["do"], number: string | null): ControlRequest | string => {
  if (action !== "limit") {
    return number === null
      ? { do: action }
      : `Cannot ${action}: found "${number}" behind it, expected nothing more; leave it out, or say limit in place of ${action}`
  }
  if (number === "none") return { do: "limit", limit: null }
  const limit = Number(number)
  if (number !== null && Number.isInteger(limit) && limit >= 1) return { do: "limit", limit }
  const found = number === null ? "nothing" : `"${number}"`
  return `Cannot limit calls: found ${found}, expected a whole number of at least 1, or none; to start none use pause`
}

const said = (request: ControlRequest, status: RunStatus, out: string): string => {
  const n = status.callsInFlight
  const calls = `${counted(n, "call")} in flight`
  if (status.stopping !== null) {
    return `Stopping: ${calls} ${n === 1 ? "is" : "are"} waited for, then the run ends with exit code 3; the command that started it resumes it`
  }
  if (request.do === "limit") {
    return request.limit === null
      ? `No limit but those of the endpoints; ${calls}`
      : `At most ${amount(request.limit)} in flight; ${calls} now`
  }
  return status.paused
    ? `Paused: no new call starts, ${calls} may end; "prefloom ctl ${printable(out)} resume" goes on`
    : `Going on; ${calls}`
}
