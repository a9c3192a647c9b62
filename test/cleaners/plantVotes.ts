import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"

/**
 * Draws votes from the model of `pooledRePo`: side 1 of an item is right with sigmoid(margin), margins N(0, marginSd²), and
 * every annotator votes on every item, rightly with its own reliability. `pModel` is that probability.
 */
export const plantVotes = (plan: {
  readonly nItems: number
  readonly marginSd: number
  readonly reliability: ReadonlyArray<number>
  readonly seed: string | number
}) => {
  const { marginSd, nItems, reliability, seed } = plan
  const random = keyedRandom("plantVotes", seed)
  const nAnnotators = reliability.length
  const truth = new Int8Array(nItems)
  const pModel = new Float64Array(nItems)
  const item = new Int32Array(nItems * nAnnotators)
  const annotator = new Int32Array(nItems * nAnnotators)
  const side = new Int8Array(nItems * nAnnotators)
  for (let i = 0; i < nItems; i++) {
    pModel[i] = sigmoid(marginSd * normal(random))
    truth[i] = random() < pModel[i]! ? 1 : -1
    for (let k = 0; k < nAnnotators; k++) {
      const v = i * nAnnotators + k
      item[v] = i
      annotator[v] = k
      side[v] = random() < reliability[k]! ? truth[i]! : -truth[i]!
    }
  }
  return { annotator, item, nAnnotators, pModel, side, truth }
}
