import { spawn } from "node:child_process"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Counts } from "./FaultServer.ts"
import type { FaultServerArgument } from "./faultServerMain.ts"

/** A fault server in a process of its own, so that it takes no time from the client, killed with the scope. */
export const faultServerProcess = (options: FaultServerArgument) =>
  Effect.gen(function* () {
    const main = path.join(import.meta.dirname, "faultServerMain.ts")
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--conditions=@prefloom/source", main, JSON.stringify(options)], {
          stdio: ["ignore", "pipe", "inherit"]
        })
      ),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const port = yield* Effect.promise(
      () => new Promise<number>((resolve) => child.stdout.once("data", (text) => resolve(Number(text))))
    )
    const origin = `http://127.0.0.1:${port}`
    return {
      baseUrl: `${origin}/v1`,
      counts: Effect.promise(async () => (await (await fetch(`${origin}/_counts`)).json()) as Counts)
    }
  })
