/** Mean and variance of numbers under one key. */
interface Spread {
  n: number
  mean: number
  squares: number
}

/**
 * Means and variances of many series of numbers by key, in one pass and some 100 bytes a key.
 *
 * Variances are those of all numbers (n, not n - 1). Source: Welford 1962, https://doi.org/10.1080/00401706.1962.10490022
 */
export class Spreads {
  readonly #byKey = new Map<string, Spread>()

  add(key: string, value: number): void {
    let spread = this.#byKey.get(key)
    if (spread === undefined) this.#byKey.set(key, (spread = { n: 0, mean: 0, squares: 0 }))
    const before = value - spread.mean
    spread.mean += before / ++spread.n
    spread.squares += before * (value - spread.mean)
  }

  /** 0 for a key that was never added. */
  variance(key: string): number {
    const spread = this.#byKey.get(key)
    return spread === undefined ? 0 : spread.squares / spread.n
  }

  /** The number in standard deviations from the mean of its series; 0 where the series has no spread. */
  standardised(key: string, value: number): number {
    const centre = this.#byKey.get(key)?.mean ?? value
    const deviation = Math.sqrt(this.variance(key))
    return deviation <= 1e-12 * Math.abs(centre) ? 0 : (value - centre) / deviation
  }
}
