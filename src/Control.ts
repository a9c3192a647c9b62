/**
 * The levers of a run that is going: pause, go on, limit the calls in flight, stop.
 *
 * Whoever makes calls counts them in `busy` and asks `mayStart` first. After `stop` no call starts; the run ends once none is
 * in flight, so that every call that was paid for is kept.
 */
export class Control {
  #paused = false
  #limit: number | null = null
  #stop: string | null = null
  #busy = 0
  readonly #listeners = new Set<() => void>()

  /** True while new calls wait for `resume`. */
  get paused(): boolean {
    return this.#paused
  }

  /** Most calls in flight at once, over what the endpoints allow; null sets no further limit. */
  get limit(): number | null {
    return this.#limit
  }

  /** Why no more calls start, in words; null while the run goes on. */
  get stopReason(): string | null {
    return this.#stop
  }

  /** Calls in flight. */
  get busy(): number {
    return this.#busy
  }

  mayStart(): boolean {
    return !this.#paused && this.#stop === null && (this.#limit === null || this.#busy < this.#limit)
  }

  /** Counts a call that starts (1) or ends (-1). */
  count(change: 1 | -1): void {
    this.#busy += change
    if (this.#busy === 0 && this.#stop !== null) this.#tell()
  }

  pause(): void {
    this.#paused = true
    this.#tell()
  }

  resume(): void {
    this.#paused = false
    this.#tell()
  }

  /** A limit of 0 is refused: that is what `pause` is for. */
  setLimit(limit: number | null): void {
    if (limit !== null && (!Number.isInteger(limit) || limit < 1)) {
      throw new RangeError(`Cannot limit calls: found ${limit}, expected a whole number of at least 1`)
    }
    this.#limit = limit
    this.#tell()
  }

  /** Starts no more calls; the first reason given stands. */
  stop(reason: string): void {
    this.#stop ??= reason
    this.#tell()
  }

  /** Calls `listener` after each change; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
