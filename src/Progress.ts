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
  /** What these calls answered: one call may bring several samples. */
  samples: number
  /** Samples that came from the journal. */
  replayed: number
  failed: number
  /** Tries beyond the first of a call. */
  retried: number
  /** Calls that were sent, brought no answer and may have been billed. */
  lost: number
  promptTokens: number
  completionTokens: number
  /** Tokens of these that a server did not count and that were estimated; the cost goes by them too. */
  estimatedTokens: number
  costUsd: number | null
}

/** The state of one endpoint; the model service edits it in place. */
export interface RouteCounts {
  inFlight: number
  /** Calls that may be in flight at the moment. */
  limit: number
  /** What the endpoint did last, while it counts as down; null while it is up. */
  problem: string | null
  /** Milliseconds for which its rate limit keeps calls that wait from it; 0 while none waits for that alone. */
  limitedMs: () => number
}

/**
 * What a run has done so far: the numbers behind the progress display and the manifest.
 *
 * Plain mutable counters, because they are touched for every row and read twice a second.
 */
export class Progress {
  readonly stages = new Map<string, StageCounts>()
  readonly models = new Map<string, ModelCounts>()
  readonly routes = new Map<string, RouteCounts>()
  /** What the provider is waiting for, in words, while that is more than single answers. */
  status: (() => string | null) | null = null
  /** Rows the source will give, when it knows. */
  totalRows: number | null = null
  /** Rows that have come out of the pipeline. */
  rowsOut = 0

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
        samples: 0,
        replayed: 0,
        failed: 0,
        retried: 0,
        lost: 0,
        promptTokens: 0,
        completionTokens: 0,
        estimatedTokens: 0,
        costUsd: null
      }
      this.models.set(name, counts)
    }
    return counts
  }

  route(endpoint: string): RouteCounts {
    let counts = this.routes.get(endpoint)
    if (counts === undefined) {
      counts = { inFlight: 0, limit: 0, problem: null, limitedMs: () => 0 }
      this.routes.set(endpoint, counts)
    }
    return counts
  }
}
