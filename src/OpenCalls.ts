/** A call about to be sent, with the most it can cost; the object itself stands for the call until it is closed. */
export interface OpenCall {
  readonly model: string
  readonly tokens: number
  readonly costUsd: number
}

/** The open calls to one model, together. */
export interface OpenSum {
  readonly model: string
  readonly calls: number
  readonly tokens: number
  readonly costUsd: number
}

/**
 * The calls of this process that are under way, and which of their sums have still to be written.
 *
 * One sum for each model is written in place of a row for each call: what a process that dies leaves open is the same, at a
 * fraction of the writing. Changes since the last `settle` can be undone, as a commit that fails needs it.
 */
export class OpenCalls {
  readonly #open = new Map<string, Set<OpenCall>>()
  #opened: Array<OpenCall> = []
  #closed: Array<OpenCall> = []

  open(call: OpenCall): void {
    this.#of(call.model).add(call)
    this.#opened.push(call)
  }

  close(call: OpenCall): void {
    if (this.#of(call.model).delete(call)) this.#closed.push(call)
  }

  /** The sums of the models with a change. Time O(calls under way). */
  changed(): ReadonlyArray<OpenSum> {
    const models = new Set([...this.#opened, ...this.#closed].map(({ model }) => model))
    return [...models].map((model) => {
      const calls = this.#of(model)
      let tokens = 0
      let costUsd = 0
      for (const call of calls) {
        tokens += call.tokens
        costUsd += call.costUsd
      }
      return { model, calls: calls.size, tokens, costUsd }
    })
  }

  /** Takes all changes for written. */
  settle(): void {
    this.#opened = []
    this.#closed = []
  }

  /** Takes back all changes that are not written. */
  undo(): void {
    for (const call of this.#closed) this.#of(call.model).add(call)
    for (const call of this.#opened) this.#of(call.model).delete(call)
    this.settle()
  }

  #of(model: string): Set<OpenCall> {
    let calls = this.#open.get(model)
    if (calls === undefined) this.#open.set(model, (calls = new Set()))
    return calls
  }
}
