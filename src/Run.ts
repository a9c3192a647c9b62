import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BudgetCaps } from "./Budget.ts"
import { Control } from "./Control.ts"
import { ensureFolder } from "./ensureFolder.ts"
import { Findings } from "./Findings.ts"
import { Inputs } from "./Inputs.ts"
import { OwnFiles } from "./OwnFiles.ts"
import { Progress } from "./Progress.ts"
import type { ProvenanceNotes } from "./Provenance.ts"
import { Rejects } from "./Rejects.ts"

/** One try of a call, for whoever wants to read along; nothing in it is secret. */
export interface CallRecord {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly endpoint: string
  readonly model: string
  readonly latencyMs: number
  /** Canonical requests, as the journal files them. */
  readonly requests: ReadonlyArray<string>
  readonly answers?: ReadonlyArray<unknown>
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | null
  /** US dollars; null where no price is known or no answer came. */
  readonly costUsd: number | null
  readonly problem?: string
  /** The reason of a `LanguageModelError`. */
  readonly reason?: string
  /** What the server sent in place of a usable answer, as far as it is kept. */
  readonly body?: string
}

/** How a run is set up; what is left out takes the default of the field it sets. */
export interface RunOptions {
  readonly seed?: number
  readonly limit?: number | null
  readonly progress?: Progress
  readonly caps?: BudgetCaps
  readonly control?: Control
  readonly log?: ((record: CallRecord) => void) | null
  readonly rowsUnderWay?: number | null
  readonly rowsAhead?: number | null
  readonly provenance?: ProvenanceNotes | null
}

/**
 * What every stage of one run shares: the seed, the output folder, the rejects, the counters, the findings, the levers and a
 * folder for spooling.
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
    /** The files that sources have read, which no sink replaces. */
    readonly inputs: Inputs
    /** The files in `folder` that sinks may replace; null where somebody named the one that is written. */
    readonly own: OwnFiles | null
    readonly progress: Progress
    readonly findings: Findings
    readonly caps: BudgetCaps
    readonly control: Control
    /** Gets every try of a call; null where nobody listens. */
    readonly log: ((record: CallRecord) => void) | null
    /** Rows that stages keep under way at least, where the provider wants many; null leaves it to them. */
    readonly rowsUnderWay: number | null
    /** By how many rows a stage may be ahead of the slowest one, where not all rows are wanted; null leaves it to the stages. */
    readonly rowsAhead: number | null
    /** Notes where rows come from; null where nobody wants to know. */
    readonly provenance: ProvenanceNotes | null
  }
>()("prefloom/Run") {
  /** Runs in `folder` with the given seed; the spool folder is made at the start and removed at the end. */
  static readonly layer = (options: RunOptions & { readonly folder: string }) =>
    Layer.effect(
      Run,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const spool = path.join(options.folder, ".prefloom", "spool")
            fs.rmSync(spool, { recursive: true, force: true })
            ensureFolder(spool)
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
          inputs: new Inputs(),
          own: new OwnFiles(options.folder),
          progress: options.progress ?? new Progress(),
          findings: new Findings(),
          caps: options.caps ?? {},
          control: options.control ?? new Control(),
          log: options.log ?? null,
          rowsUnderWay: options.rowsUnderWay ?? null,
          rowsAhead: options.rowsAhead ?? null,
          provenance: options.provenance ?? null
        })
      )
    )

  /** Runs in a fresh temporary folder that is removed afterwards. */
  static readonly layerTemporary = (options: RunOptions = {}) =>
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
