import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Findings } from "./Findings.ts"
import { Progress } from "./Progress.ts"
import { Rejects } from "./Rejects.ts"

/**
 * What every stage of one run shares: the seed, the output folder, the rejects, the counters, the findings and a folder for
 * spooling.
 *
 * `folder` is where sinks write; `spool` may be used for temporary files and is removed when the run ends.
 */
export class Run extends Context.Service<
  Run,
  {
    readonly seed: number
    /** Rows taken from the source, or null for all. */
    readonly limit: number | null
    readonly folder: string
    readonly spool: string
    readonly rejects: Rejects
    readonly progress: Progress
    readonly findings: Findings
  }
>()("prefloom/Run") {
  /** Runs in `folder` with the given seed; the spool folder is made at the start and removed at the end. */
  static readonly layer = (options: {
    readonly folder: string
    readonly seed?: number
    readonly limit?: number | null
    readonly progress?: Progress
  }) =>
    Layer.effect(
      Run,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const spool = path.join(options.folder, ".prefloom", "spool")
            fs.rmSync(spool, { recursive: true, force: true })
            fs.mkdirSync(spool, { recursive: true })
            return spool
          }),
          (spool) => Effect.sync(() => fs.rmSync(spool, { recursive: true, force: true }))
        ),
        (spool) => ({
          seed: options.seed ?? 0,
          limit: options.limit ?? null,
          folder: options.folder,
          spool,
          rejects: new Rejects(spool),
          progress: options.progress ?? new Progress(),
          findings: new Findings()
        })
      )
    )

  /** Runs in a fresh temporary folder that is removed afterwards. */
  static readonly layerTemporary = (options: { readonly seed?: number; readonly limit?: number | null } = {}) =>
    Layer.unwrap(
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-"))),
          (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
        ),
        (folder) => Run.layer({ folder, ...options })
      )
    )
}
