import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { ensureFolder } from "../ensureFolder.ts"
import { isFolder } from "../isFolder.ts"
import { Run } from "../Run.ts"
import { badPath, cannotWrite, replacesForeign, replacesInput, type SinkError, type Target } from "./SinkError.ts"
import { syncFolder } from "./WholeFile.ts"

/**
 * Lets files in the run folder that belong together take their places together, when the work that writes them is done: what fails before
 * leaves those that were there before.
 *
 * Meanwhile they are in the spool of the run, on the same disk. The last name goes first and comes last, so a process that is killed in between leaves
 * no such file beside others of another time. Fails as the work does, where a file cannot be moved, and where one that the run has read or somebody
 * else left would be replaced.
 */
export const writeTogether = <A, E, R>(
  names: ReadonlyArray<string>,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SinkError, Exclude<R, Run> | Run> =>
  Effect.gen(function* () {
    const run = yield* Run
    const draft = path.join(run.spool, "together")
    const target: Target = { sink: "files", path: names.at(-1)! }
    yield* Effect.try({ try: () => ensureFolder(draft), catch: (cause) => cannotWrite(target, cause) })
    const made = yield* Effect.provideService(work, Run, { ...run, folder: draft, own: null })
    yield* Effect.try({ try: () => place(run, draft, names), catch: (cause) => cannotWrite(target, cause) })
    return made
  })

const place = (
  { folder, inputs, own }: Pick<Run["Service"], "folder" | "inputs" | "own">,
  draft: string,
  names: ReadonlyArray<string>
): void => {
  const files = names.map((name) => path.join(folder, name))
  for (const [i, file] of files.entries()) {
    const target: Target = { sink: "files", path: names[i]! }
    if (inputs.has(file)) throw replacesInput(target, file)
    if (own?.mayReplace(file) === false) throw replacesForeign(target, file)
    if (isFolder(file)) throw badPath(target, "a folder of that name", "a path for a file")
  }
  own?.add(...files)
  fs.rmSync(files.at(-1)!, { force: true })
  for (const [i, file] of files.entries()) fs.renameSync(path.join(draft, names[i]!), file)
  syncFolder(folder)
}
