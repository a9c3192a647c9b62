import * as Schema from "effect/Schema"
import { Pair } from "../../schemas/Pair.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import type { RowOf } from "../../src/Stage.ts"

const number = Schema.NullOr(Schema.Number)
const response = {
  chosenGiven: number,
  chosenAlone: number,
  chosenTokens: number,
  rejectedGiven: number,
  rejectedAlone: number,
  rejectedTokens: number
}

/** A pair with everything that a rule may want to know. */
export const pairFields = {
  ...Pair,
  oneChosen: number,
  oneRejected: number,
  twoChosen: number,
  twoRejected: number,
  threeChosen: number,
  threeRejected: number,
  gapOne: number,
  gapTwo: number,
  ...response,
  tags: Schema.Array(Schema.String)
}
export type PairRow = RowOf<typeof pairFields>

/** Pairs with drawn evidence; every seventh has none, every fifth no margin. */
export const somePairs = (n: number): ReadonlyArray<PairRow> =>
  Array.from({ length: n }, (_, i) => {
    const random = keyedRandom("somePairs", i)
    const score = () => (i % 7 === 3 ? null : Math.round(10 * random()))
    const logProb = () => (i % 7 === 3 ? null : -20 * random())
    const [scoreChosen, scoreRejected] = [1 + random(), random()]
    return {
      id: `pair ${i}`,
      promptId: `prompt ${i % 4}`,
      prompt: `question ${i % 4}`,
      chosen: `answer ${i} and more of it`,
      rejected: `other ${i}`,
      chosenId: `a ${i}`,
      rejectedId: `b ${i}`,
      chosenModel: "m",
      rejectedModel: "n",
      scoreChosen,
      scoreRejected,
      margin: i % 5 === 4 ? null : scoreChosen - scoreRejected,
      rule: i % 2 === 0 ? "bestWorst" : "injected",
      sharedPlace: false,
      chosenFirst: true,
      errorType: null,
      labelProb: i % 6 === 5 ? null : random(),
      nLabels: 3,
      plantedCorrect: i % 3 === 0 ? null : i % 3 === 1,
      oneChosen: score(),
      oneRejected: score(),
      twoChosen: score(),
      twoRejected: score(),
      threeChosen: score(),
      threeRejected: score(),
      gapOne: score(),
      gapTwo: score(),
      chosenGiven: logProb(),
      chosenAlone: logProb(),
      chosenTokens: 20,
      rejectedGiven: logProb(),
      rejectedAlone: logProb(),
      rejectedTokens: 10,
      tags: ["x", "y", "z", "w"].slice(0, i % 5)
    }
  })

/** The pair as it has to look with its sides exchanged. */
export const turnedPair = (row: PairRow): PairRow => ({
  ...row,
  chosen: row.rejected,
  rejected: row.chosen,
  chosenId: row.rejectedId,
  rejectedId: row.chosenId,
  chosenModel: row.rejectedModel,
  rejectedModel: row.chosenModel,
  scoreChosen: row.scoreRejected,
  scoreRejected: row.scoreChosen,
  margin: row.margin === null ? null : -row.margin,
  labelProb: row.labelProb === null ? null : 1 - row.labelProb,
  plantedCorrect: row.plantedCorrect === null ? null : !row.plantedCorrect,
  oneChosen: row.oneRejected,
  oneRejected: row.oneChosen,
  twoChosen: row.twoRejected,
  twoRejected: row.twoChosen,
  threeChosen: row.threeRejected,
  threeRejected: row.threeChosen,
  chosenGiven: row.rejectedGiven,
  rejectedGiven: row.chosenGiven,
  chosenAlone: row.rejectedAlone,
  rejectedAlone: row.chosenAlone,
  chosenTokens: row.rejectedTokens,
  rejectedTokens: row.chosenTokens
})
