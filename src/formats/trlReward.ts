import { type Format, type Holding, isRefusal } from "./Format.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { pairNames } from "./SideColumns.ts"
import { explicitReader, explicitWriter, trlPreference } from "./trlPreference.ts"
import { implicitReader, implicitWriter, trlPreferenceImplicit } from "./trlPreferenceImplicit.ts"

/**
 * TRL reward data: a pair with the prompt inside or beside, and a `margin` that the loss takes from the gap.
 *
 * A margin has to be in all rows or in none, because TRL looks for it in the first row of a batch alone; a row without one is
 * refused where the others have one.
 *
 * Source: https://huggingface.co/docs/trl/reward_trainer
 */
export const trlReward: Format = {
  name: "trl-reward",
  about: "TRL reward modelling pairs with a margin",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => {
    const margin = recogniseColumns(look, { margin: "number" })
    const pair = trlPreference.recognise(look) ?? trlPreferenceImplicit.recognise(look)
    if (margin === null || pair === null) return null
    return { nColumns: pair.nColumns + 1, why: `${pair.why}, ${margin.why}` }
  },
  reader: (look) => (columnOf(look, "prompt") === undefined ? implicitReader(look) : explicitReader(look, pairNames)),
  writer: (holding) => {
    const made = hasPrompt(holding) ? explicitWriter(holding, pairNames) : implicitWriter(holding)
    if (isRefusal(made)) return made
    const columns = made.columns.map((column) =>
      column.name === "margin" && column.type.kind === "float"
        ? { ...column, type: { ...column.type, nullable: false } }
        : column
    )
    return { ...made, columns }
  }
}

const hasPrompt = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "prompt")
