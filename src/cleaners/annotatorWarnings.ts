import type { NoiseFit, NoiseWarning } from "./NoiseWarning.ts"

/**
 * Lists what stands in the way of believing the reliability of single annotators.
 *
 * `annotators` are the indices of those with labels. "notIdentified", "fewLabels", "belowHalf" and "nearHalf" are told as `noiseWarnings`
 * says. Where more than three annotators have the same, one warning names some and counts the others. In the order of `annotators`.
 */
export const annotatorWarnings = (
  fit: NoiseFit,
  annotators: ReadonlyArray<number>,
  names: ReadonlyArray<string> | undefined
): Array<NoiseWarning> => {
  const nameOf = (k: number) => (names === undefined ? String(k) : `"${names[k]!}"`)
  const own = annotators.flatMap((k) =>
    aboutAnnotator(fit, k, nameOf(k)).map((warning) => ({ ...warning, annotator: k }))
  )
  return gathered(own, annotators.length, nameOf)
}

const fewLabels = 50

const mostOfOneKind = 3

/** One warning in place of many of a kind. */
const gathered = (
  warnings: ReadonlyArray<NoiseWarning & { readonly annotator: number }>,
  nAnnotators: number,
  nameOf: (annotator: number) => string
): Array<NoiseWarning> => {
  const ofKind = Map.groupBy(warnings, ({ code }) => code)
  return warnings.flatMap((warning): ReadonlyArray<NoiseWarning> => {
    const same = ofKind.get(warning.code)!
    if (same.length <= mostOfOneKind) return [warning]
    if (same[0] !== warning) return []
    const some = same.slice(0, mostOfOneKind).map(({ annotator }) => nameOf(annotator))
    const who = `${same.length} of ${nAnnotators} annotators (${some.join(", ")} and ${same.length - some.length} others)`
    return [{ code: warning.code, refuses: false, message: aboutMany[warning.code]!(who) }]
  })
}

const aboutMany: Partial<Record<NoiseWarning["code"], (who: string) => string>> = {
  notIdentified: (who) =>
    `Nothing can be said about the reliability of ${who}: there is no evidence about their labels. They are left out of the ` +
    "noise rate. Score these rows, or have others vote on them",
  fewLabels: (who) =>
    `${who} have fewer than ${fewLabels} labels each, too few for a reliability known to about 0.2 either way. Collect more ` +
    "labels, or treat such annotators as one",
  belowHalf: (who) =>
    `The labels of ${who} are worse than a coin by their whole interval. Check whether chosen and rejected are swapped in these rows, ` +
    "or the scores reversed, before flipping anything",
  nearHalf: (who) =>
    `The labels of ${who} cannot be told from coin flips: their intervals include 0.50. Collect more labels, use a more informative ` +
    "scorer, or leave these annotators out"
}

const aboutAnnotator = (fit: NoiseFit, k: number, who: string): Array<NoiseWarning> => {
  const n = fit.nLabels[k]!
  const lower = fit.ci95.lower[k]!
  const upper = fit.ci95.upper[k]!
  const range = `${lower.toFixed(2)} to ${upper.toFixed(2)}`
  if (Number.isNaN(fit.reliability[k]!)) {
    return [
      {
        code: "notIdentified",
        refuses: false,
        message:
          `Nothing can be said about the reliability of annotator ${who}: there is no evidence about its ${n} labels. It ` +
          "is left out of the noise rate. Score these rows, or have others vote on them"
      }
    ]
  }
  const warnings: Array<NoiseWarning> = []
  if (n < fewLabels) {
    warnings.push({
      code: "fewLabels",
      refuses: false,
      message:
        `Annotator ${who} has ${n} labels, expected at least ${fewLabels} for a reliability known to about ` +
        `0.2 either way. Collect more labels, or treat such annotators as one`
    })
  }
  if (upper < 0.5) {
    warnings.push({
      code: "belowHalf",
      refuses: false,
      message:
        `The reliability of annotator ${who} is ${range}, worse than a coin. Check whether chosen and ` +
        "rejected are swapped in these rows, or the scores reversed, before flipping anything"
    })
  } else if (lower <= 0.5) {
    warnings.push({
      code: "nearHalf",
      refuses: false,
      message:
        `The reliability of annotator ${who} is ${range}, which includes 0.50: these labels cannot be ` +
        "told from coin flips. Collect more labels, use a more informative scorer, or leave the annotator out"
    })
  }
  return warnings
}
