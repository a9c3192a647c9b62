/** The standard error of what is put down to a stage at first sight, over itself. */
const firstDoubt = 4

/** What rows take, with its standard error. */
export interface RowsTake {
  readonly amount: number
  readonly error: number
}

/**
 * Learns from totals alone how much of something (calls, dollars) a row takes at each stage.
 *
 * Running least squares: what is seen first is put down to all stages alike, with a doubt four times as large, and corrected as the
 * stages get ahead of each other. Stages that only ever move together are not told apart, which makes no difference as
 * long as they go on together, and shows in the error where they do not. Costs the square of the number of stages each time.
 */
export class RowShares {
  #share: Array<number> = []
  /** The covariance of the shares. */
  #doubt: Array<Array<number>> = []

  /** Sees the total after each stage is done with so many rows; `slack` is the share of the total that may belong to other rows. */
  see(rows: ReadonlyArray<number>, total: number, slack: number): void {
    if (total <= 0) return
    if (this.#share.length !== rows.length) {
      const alike = total / rows.reduce((sum, n) => sum + n, 0)
      if (!Number.isFinite(alike)) return
      this.#share = rows.map(() => alike)
      this.#doubt = rows.map((_row, i) => rows.map((_other, j) => (i === j ? (firstDoubt * alike) ** 2 : 0)))
    }
    const gain = this.#doubt.map((line) => dot(line, rows))
    const spread = dot(gain, rows) + (slack * total) ** 2
    if (spread === 0) return
    const miss = total - dot(this.#share, rows)
    this.#share = this.#share.map((share, i) => share + (gain[i]! * miss) / spread)
    this.#doubt = this.#doubt.map((line, i) => line.map((doubt, j) => doubt - (gain[i]! * gain[j]!) / spread))
  }

  /** What so many rows at each stage take; the error is infinite before anything was learned. */
  of(rows: ReadonlyArray<number>): RowsTake {
    if (this.#share.length !== rows.length) return { amount: 0, error: Number.POSITIVE_INFINITY }
    const shares = this.#share.map((share) => Math.max(0, share))
    const doubts = this.#doubt.map((line) => dot(line, rows))
    return { amount: dot(shares, rows), error: Math.sqrt(Math.max(0, dot(rows, doubts))) }
  }
}

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)
