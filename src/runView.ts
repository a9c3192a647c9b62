import { type Finding, Findings } from "./Findings.ts"
import type { Progress } from "./Progress.ts"
import { type Reject, Rejects } from "./Rejects.ts"
import { partNotes, type ProvenanceNotes } from "./Provenance.ts"
import type { Run } from "./Run.ts"

/** What a part of a run sees differently. */
export interface RunViewOptions {
  /** The key in the run of a stage of the part. Default the same. */
  readonly keyOf?: (key: string) => string
  /** The key of a finding. Default as `keyOf`. */
  readonly findingKeyOf?: (key: string) => string
  readonly seed?: number
  /** Where rows come from is noted here, under the keys of the part. Default: where the run notes it, under its own. */
  readonly provenance?: ProvenanceNotes | null
  /** Told of every reject, by its key in the run. */
  readonly onReject?: (entry: Reject) => void
  /** Told of every finding, by its key in the run. */
  readonly onFinding?: (key: string, finding: Finding) => void
}

/**
 * The run as a part of a pipeline sees it: counts, rejects, findings and where rows come from are the run's own, under other keys.
 *
 * So that two parts with stages of equal names do not mix their numbers, and a part that runs again may draw anew.
 */
export const runView = (run: Run["Service"], options: RunViewOptions): Run["Service"] => {
  const { keyOf = (key) => key, findingKeyOf = keyOf, seed = run.seed } = options
  const noted = run.provenance === null ? null : partNotes(run.provenance, keyOf)
  const { provenance = noted } = options
  const progress: Progress = Object.create(run.progress, {
    stage: { value: (key: string) => run.progress.stage(keyOf(key)) },
    // What the source of a part sets is not the number of the run's rows.
    totalRows: { value: null, writable: true }
  })
  return {
    ...run,
    seed,
    provenance,
    progress,
    rejects: new RejectsView(run, keyOf, options.onReject),
    findings: new FindingsView(run, findingKeyOf, options.onFinding)
  }
}

class RejectsView extends Rejects {
  readonly #run: Run["Service"]
  readonly #keyOf: (key: string) => string
  readonly #onReject: ((entry: Reject) => void) | undefined

  constructor(run: Run["Service"], keyOf: (key: string) => string, onReject: ((entry: Reject) => void) | undefined) {
    super(run.spool)
    this.#run = run
    this.#keyOf = keyOf
    this.#onReject = onReject
  }

  override declare(stage: string): void {
    this.#run.rejects.declare(this.#keyOf(stage))
  }

  override add(entry: Reject): void {
    const named = { ...entry, stage: this.#keyOf(entry.stage) }
    this.#run.rejects.add(named)
    this.#onReject?.(named)
  }

  override counts(stage: string): ReadonlyMap<string, number> {
    return this.#run.rejects.counts(this.#keyOf(stage))
  }
}

class FindingsView extends Findings {
  readonly #run: Run["Service"]
  readonly #keyOf: (key: string) => string
  readonly #onFinding: ((key: string, finding: Finding) => void) | undefined

  constructor(
    run: Run["Service"],
    keyOf: (key: string) => string,
    onFinding: ((key: string, finding: Finding) => void) | undefined
  ) {
    super()
    this.#run = run
    this.#keyOf = keyOf
    this.#onFinding = onFinding
  }

  override set(stage: string, finding: Finding): void {
    this.#run.findings.set(this.#keyOf(stage), finding)
    this.#onFinding?.(this.#keyOf(stage), finding)
  }
}
