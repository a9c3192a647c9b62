/** What `findRoot` needs to know. */
export interface FindRootOptions {
  /** Value and first derivative at x, as `[value, slope]`. The value must fall, or stay level, as x grows. */
  readonly evaluate: (x: number) => readonly [value: number, slope: number]
  /** Left end of the bracket; the value there is at least 0. It is not checked. */
  readonly lower: number
  /** Right end of the bracket; the value there is at most 0. It is not checked. */
  readonly upper: number
  /** First guess, inside the bracket. */
  readonly start: number
  /** Largest error of the root, in units of x. */
  readonly tolerance: number
}

/**
 * Finds where a falling function crosses zero by Newton steps that fall back on bisection.
 *
 * A step that leaves the bracket or is not shorter than half of the one before is replaced by the middle of the
 * bracket, so it ends for every input. A short step alone is not believed: the root is returned once the sign has been
 * seen to change within two tolerances, else the middle follows. `converged` is false when 200 evaluations did not
 * suffice. Cost: usually 5 to 10 evaluations.
 */
export const findRoot = (options: FindRootOptions): { readonly root: number; readonly converged: boolean } => {
  const { evaluate, tolerance } = options
  let lower = options.lower
  let upper = options.upper
  let x = options.start
  let step = upper - lower
  for (let evaluations = 0; evaluations < 200; evaluations++) {
    const [value, slope] = evaluate(x)
    if (value === 0) return { root: x, converged: true }
    if (value > 0) lower = x
    else upper = x
    if (upper - lower <= 2 * tolerance) return { root: lower + (upper - lower) / 2, converged: true }
    const newton = -value / slope
    const proving = Math.abs(newton) <= tolerance && step > 2 * tolerance
    const move = proving ? 1.5 * tolerance * Math.sign(value) : newton
    const usable = (proving || Math.abs(move) < step / 2) && x + move > lower && x + move < upper
    const next = usable ? x + move : lower + (upper - lower) / 2
    step = Math.abs(next - x)
    x = next
  }
  return { root: x, converged: false }
}
