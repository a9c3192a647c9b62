import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"

/** How long and how large a program may become. */
export interface SandboxLimits {
  /** Milliseconds from when the program is handed over. Default 5,000. */
  readonly timeoutMs?: number
  /** Megabytes of memory, the runtime's own 50 or so included. Default 256, at least 96. */
  readonly memoryMb?: number
}

/** How a program ended. */
export type SandboxResult =
  | { readonly ended: "exit"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Killed because it took too long, too much memory, or wrote more than a megabyte. */
  | { readonly ended: "time" | "memory" | "output" }

/** Code cannot be isolated here, so it is not run. */
export class SandboxUnavailable extends Schema.TaggedError<SandboxUnavailable>()("SandboxUnavailable", {
  problem: Schema.String
}) {
  override get message(): string {
    return this.problem
  }
}

/** Milliseconds that namespaces may take on a busy machine. */
const mostStartMs = 30_000

/** Processes at once: one for each processor. */
const places = Semaphore.makeUnsafe(Math.max(1, os.availableParallelism()))

/**
 * Runs a JavaScript program (CommonJS, on standard input) in a process of its own that has no network, no files, no child
 * processes, no add-ons, no environment, and limited time and memory; it is killed with SIGKILL when it passes a limit.
 *
 * Files and new processes are refused by Node's permission model; the network by a network namespace without an interface, and signals to
 * other processes by a process namespace (`unshare`, Linux). The program is handed over only when the process is seen to be in another network namespace than this one; where that cannot be had
 * the effect fails with `SandboxUnavailable` and nothing runs. Against accidents and ordinary malice: Node's permission model is no
 * defence against someone who knows a hole in V8, so do not rely on it alone for code from attackers.
 *
 * The outcome of a program near a limit depends on the machine. Costs some 50 ms and a process.
 */
export const sandbox = (
  program: string,
  limits: SandboxLimits = {}
): Effect.Effect<SandboxResult, SandboxUnavailable> =>
  places.withPermits(1)(
    Effect.callback((resume) => {
      const { memoryMb = 256, timeoutMs = 5000 } = limits
      if (process.platform !== "linux") {
        resume(unavailable(`the system "${process.platform}"`))
        return Effect.void
      }
      const child = childProcess.spawn(
        "unshare",
        "--user --map-root-user --net --ipc --pid --fork --kill-child -- prlimit --core=0"
          .split(" ")
          .concat(`--cpu=${Math.ceil(timeoutMs / 1000) + 1}`, "--", process.execPath, "--permission")
          .concat(`--max-old-space-size=${Math.ceil(memoryMb / 2)}`, "-"),
        { stdio: ["pipe", "pipe", "pipe"], env: {}, cwd: "/" }
      )
      const written = { stdout: "", stderr: "" }
      let killed: "time" | "memory" | "output" | undefined
      let isHanded = false
      const kill = (why: typeof killed) => {
        killed ??= why
        child.kill("SIGKILL")
      }
      const watch = setInterval(() => {
        if (!isHanded && isElsewhere(child.pid)) {
          isHanded = true
          clearTimeout(timer)
          timer = setTimeout(() => kill("time"), timeoutMs)
          child.stdin.end(program)
        }
        if (residentMb(child.pid) > memoryMb) kill("memory")
      }, 5)
      let timer = setTimeout(() => kill("time"), mostStartMs)
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
          written[name] += text
          if (written[name].length > 1_000_000) kill("output")
        })
      }
      // A program that ends early does not read to the end.
      child.stdin.on("error", () => {})
      child.on("error", (error) => {
        clearInterval(watch)
        clearTimeout(timer)
        resume(unavailable(`that "unshare" cannot be started (${error.message})`))
      })
      child.on("close", (code, signal) => {
        clearInterval(watch)
        clearTimeout(timer)
        if (!isHanded) resume(unavailable(`no network namespace of its own (${written.stderr.trim() || killed})`))
        else if (killed !== undefined) resume(Effect.succeed({ ended: killed }))
        else if (code === null) resume(Effect.succeed({ ended: signal === "SIGXCPU" ? "time" : "memory" }))
        else resume(Effect.succeed({ ended: "exit", code, ...written }))
      })
      return Effect.sync(() => {
        clearInterval(watch)
        clearTimeout(timer)
        child.kill("SIGKILL")
      })
    })
  )

const unavailable = (found: string) =>
  Effect.fail(
    new SandboxUnavailable({
      problem: `Cannot run code in isolation: found ${found}, expected Linux with "unshare" and "prlimit" (util-linux) and user namespaces, so that it has no network; allow user namespaces, run in a container that does, or leave the check of code out`
    })
  )

/** Whether a process is in another network namespace than this one. */
const isElsewhere = (pid: number | undefined): boolean => {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/net`) !== fs.readlinkSync("/proc/self/ns/net")
  } catch {
    return false
  }
}

/** Memory of the program that a process has started in its namespaces, in megabytes; 0 when it is gone. */
const residentMb = (pid: number | undefined): number => {
  try {
    const program = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()
    const pages = Number(fs.readFileSync(`/proc/${program}/statm`, "utf8").split(" ")[1])
    return (pages * 4096) / 2 ** 20
  } catch {
    return 0
  }
}
