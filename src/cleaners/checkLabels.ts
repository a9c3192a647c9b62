import type { RePoInput } from "./rePo.ts"

/**
 * Throws a RangeError, starting with `action`, unless every p is in [0, 1] and every annotator has an index in range.
 *
 * That there are as many annotators as labels is checked too. Time O(labels).
 */
export const checkLabels = (action: string, { annotator, nAnnotators, pModel }: RePoInput): void => {
  if (annotator.length !== pModel.length) {
    throw new RangeError(
      `${action}: found ${annotator.length} annotators for ${pModel.length} labels, expected one each`
    )
  }
  const badP = pModel.findIndex((p) => !(p >= 0 && p <= 1))
  if (badP >= 0) throw new RangeError(`${action}: found p ${pModel[badP]} at label ${badP}, expected 0 to 1`)
  const bad = annotator.findIndex((k) => k < 0 || k >= nAnnotators)
  if (bad >= 0) {
    throw new RangeError(
      `${action}: found annotator ${annotator[bad]} at label ${bad}, expected 0 to ${nAnnotators - 1}`
    )
  }
}
