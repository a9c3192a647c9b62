/** Counts of one stage; a running stage edits them in place. */
export interface StageCounts {
  rowsIn: number
  rowsOut: number
  rejected: number
}

/** Counts of calls to one model; the model service edits them in place. `costUsd` stays null while no price is known. */
export interface ModelCounts {
  inFlight: number
  answered: number
  replayed: number
  failed: number
  promptTokens: number
  completionTokens: number
  costUsd: number | null
}

/**
 * What a run has done so far: the numbers behind the progress display and the manifest.
 *
 * Plain mutable counters, because they are touched for every row and read twice a second.
 */
export class Progress {
  readonly stages = new Map<string, StageCounts>()
  readonly models = new Map<string, ModelCounts>()
  /** Rows the source will give, when it knows. */
  totalRows: number | null = null

  stage(key: string): StageCounts {
    let counts = this.stages.get(key)
    if (counts === undefined) {
      counts = { rowsIn: 0, rowsOut: 0, rejected: 0 }
      this.stages.set(key, counts)
    }
    return counts
  }

  model(name: string): ModelCounts {
    let counts = this.models.get(name)
    if (counts === undefined) {
      counts = {
        inFlight: 0,
        answered: 0,
        replayed: 0,
        failed: 0,
        promptTokens: 0,
        completionTokens: 0,
        costUsd: null
      }
      this.models.set(name, counts)
    }
    return counts
  }
}
