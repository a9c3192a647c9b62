import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { ensureFolder } from "./ensureFolder.ts"

/** Another process is running in the folder. */
export class RunLocked extends Schema.TaggedError<RunLocked>()("RunLocked", { folder: Schema.String }) {
  override get message(): string {
    return `Cannot run in "${this.folder}": found another run that is going there, expected none; wait for it, stop it with "prefloom ctl ${this.folder} stop", or choose another folder`
  }
}

/**
 * Holds a run's folder for this process until the scope closes; fails at once when another process holds it.
 *
 * The lock is one of SQLite's on a small file, so the system takes it back whenever a process ends, however it ends.
 */
export const lockRun = (folder: string): Effect.Effect<void, RunLocked, Scope.Scope> =>
  Effect.gen(function* () {
    const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
    yield* Effect.acquireRelease(
      Effect.try({
        try: () => {
          ensureFolder(path.join(folder, ".prefloom"))
          const database = new DatabaseSync(path.join(folder, ".prefloom", "lock"), { timeout: 0 })
          try {
            database.exec("BEGIN EXCLUSIVE")
          } catch (cause) {
            database.close()
            throw cause
          }
          return database
        },
        catch: (cause) => cause
      }).pipe(
        Effect.catch((cause) =>
          (cause as { readonly errcode?: number }).errcode === sqliteBusy
            ? Effect.fail(new RunLocked({ folder }))
            : Effect.die(cause)
        )
      ),
      (database) => Effect.sync(() => database.close())
    )
  })

/** `SQLITE_BUSY`: https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5
