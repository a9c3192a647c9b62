/** Options of the rules that may make many pairs of one prompt. */
export interface RuleOptions {
  /** Most pairs from one prompt; default no limit. */
  readonly maxPairs?: number
  /** What happens to pairs with the same claim to the last places under `maxPairs`; default "random", drawn by the run's seed. */
  readonly tie?: "drop" | "keep" | "random"
}

/** The options as a rule holds them. */
export const places = ({ maxPairs, tie = "random" }: RuleOptions) =>
  maxPairs === undefined ? { tie } : { most: maxPairs, tie }
