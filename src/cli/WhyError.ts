import { ConvertError } from "./ConvertError.ts"

/** Why it cannot be told where a row comes from. */
export type WhyError = ConvertError

/** The remedy where data changed. */
export const runAgain = "run the pipeline into this folder again"

/** The remedy where the hidden folder of a run is missing. */
export const withHidden = `copy the folder ".prefloom" of the run here, or ${runAgain}`

/** Makes a `WhyError`. */
export const cannotTell = (found: string, wanted: string, remedy: string): WhyError =>
  new ConvertError({ what: "tell where the row comes from", found, wanted, remedy })
