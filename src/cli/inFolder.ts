import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { Run } from "../Run.ts"
import { lockRun } from "../RunLock.ts"
import { asCommand, type CommandFailed } from "./CommandFailed.ts"
import { makeFolder } from "./makeFolder.ts"
import { sayInterrupted } from "./sayInterrupted.ts"

/**
 * Does what a command does in the folder of its results, which is made and held meanwhile.
 *
 * Where it fails or is stopped, the folders that were made for it go again as long as nothing is in them. Fails as the work does, where another process
 * holds the folder, and as `makeFolder` does with the names of the `results`.
 */
export const inFolder = <A>(
  out: string,
  results: ReadonlyArray<string>,
  work: Effect.Effect<A, { readonly message: string; readonly isUsage?: boolean }, Run | Scope.Scope>
): Effect.Effect<A, CommandFailed> =>
  Effect.suspend(() => {
    const folder = path.resolve(out)
    const absent = absentFrom(path.join(folder, ".prefloom"))
    const held = Effect.andThen(
      lockRun(folder),
      work.pipe(
        Effect.scoped,
        Effect.provide(Run.layer({ folder })),
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.sync(() => takeAway(absent))))
      )
    )
    return Effect.andThen(makeFolder(out, results), sayInterrupted(asCommand(held)))
  })

/** The folder and those above it that are not there, the innermost first. */
const absentFrom = (folder: string): ReadonlyArray<string> => {
  const absent: Array<string> = []
  for (let at = folder; !fs.existsSync(at); at = path.dirname(at)) absent.push(at)
  return absent
}

/** The lock that is held, with what SQLite puts beside it. */
const locks = new Set(["lock", "lock-journal"])

/** Removes these folders up to the first in which there is something; the lock in the innermost is nothing. */
const takeAway = (folders: ReadonlyArray<string>): void => {
  const [innermost] = folders
  if (innermost === undefined) return
  try {
    const names = fs.readdirSync(innermost)
    if (names.every((name) => locks.has(name))) for (const name of names) fs.rmSync(path.join(innermost, name))
    for (const folder of folders) fs.rmdirSync(folder)
  } catch {
    // What cannot be removed stays, beside the error that is told.
  }
}
