import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ensureFolder } from "../ensureFolder.ts"
import type { CallRecord } from "../Run.ts"
import { CommandFailed } from "./CommandFailed.ts"

/** Characters that wait at most; more are written at once. */
const longestBuffer = 1_000_000

/**
 * Opens a file of JSON Lines, one line for each try of a call, until the scope closes; what is there already stays.
 *
 * A line has the moment the try ended as `time`, the endpoint, the model, the time it took, the requests, and either answers with
 * tokens and cost, or what went wrong with the beginning of what the server sent. Lines are written every second and at the end, always whole. Values of eight characters and
 * more of environment variables that look like secrets by their names are replaced by `[secret]` wherever they turn up; variables
 * are read here, once. A disk that is full ends the log with a warning, not the run.
 */
export const openCallLog = (file: string): Effect.Effect<(record: CallRecord) => void, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const withoutSecrets = hidingSecrets(process.env)
    const descriptor = yield* Effect.acquireRelease(
      Effect.try({ try: () => openForLines(file), catch: (cause) => unwritable(file, cause) }),
      (open) => Effect.sync(() => fs.closeSync(open))
    )
    let waiting = ""
    let problem: unknown = null
    const write = () => {
      if (waiting === "" || problem !== null) return
      const bytes = Buffer.from(waiting)
      waiting = ""
      try {
        for (let nWritten = 0; nWritten < bytes.length;) nWritten += fs.writeSync(descriptor, bytes, nWritten)
      } catch (cause) {
        problem = cause
      }
    }
    const warn = Effect.suspend(() =>
      problem === null
        ? Effect.void
        : Effect.logWarning(`${unwritable(file, problem).message}; no more calls are logged`)
    )
    yield* Effect.addFinalizer(() => Effect.andThen(Effect.sync(write), warn))
    yield* Effect.forkScoped(
      Effect.sleep(1000).pipe(Effect.andThen(Effect.sync(write)), Effect.repeat({ while: () => problem === null }))
    )
    return (record) => {
      if (problem !== null) return
      waiting += `${withoutSecrets(lineOf(record))}\n`
      if (waiting.length > longestBuffer) write()
    }
  })

const openForLines = (file: string): number => {
  ensureFolder(path.dirname(file))
  const descriptor = fs.openSync(file, "a+")
  const { size } = fs.fstatSync(descriptor)
  const last = Buffer.alloc(1)
  // A killed process may have left a line without its end.
  if (size > 0 && fs.readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 10) fs.writeSync(descriptor, "\n")
  return descriptor
}

const unwritable = (file: string, cause: unknown): CommandFailed =>
  new CommandFailed({
    message: `Cannot log calls to "${file}": ${(cause as Error).message}, expected a file that can be written`
  })

const lineOf = ({ at, requests, ...rest }: CallRecord): object => ({
  time: new Date(at).toISOString(),
  ...rest,
  requests: requests.map((request) => JSON.parse(request) as unknown)
})

/** Writes a value as JSON without the secrets of an environment. Keys of objects stay as they are. */
const hidingSecrets = (environment: NodeJS.ProcessEnv): ((value: object) => string) => {
  const secrets = Object.entries(environment)
    .filter(([name]) => /KEY|TOKEN|SECRET|PASSWORD/i.test(name))
    .map(([, value = ""]) => value.trim())
    .filter((value) => value.length >= 8)
    // A secret that holds another one goes first.
    .toSorted((a, b) => b.length - a.length)
  const hide = (_: string, value: unknown): unknown =>
    typeof value === "string" ? secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), value) : value
  return (value) => JSON.stringify(value, hide)
}
