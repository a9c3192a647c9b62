import type { CleaningMethod } from "../cleaners/cleanVotes.ts"
import type { Treatment } from "../cleaners/treat.ts"

/** The methods of `prefloom clean` by their names, and what they are called in code. */
export const cleanMethods = {
  "re-po": "rePo",
  majority: "majority",
  consensus: "consensus",
  "dawid-skene": "dawidSkene",
  glad: "glad",
  "rw-gap": "rwGap",
  "text-model": "textModel"
} as const satisfies Readonly<Record<string, CleaningMethod>>

/** The name of a method. */
export type CleanMethod = keyof typeof cleanMethods

/** Says whether a method ranks pairs and tells no probability. */
export const isRanking = (method: CleanMethod): boolean => method === "rw-gap" || method === "text-model"

/** What can be done about suspect pairs, by its name, and what it is called in code. */
export const cleanTreatments = {
  keep: "keep",
  weight: "weight",
  "soft-label": "softLabel",
  flip: "flip",
  remove: "remove"
} as const satisfies Readonly<Record<string, Treatment>>

/** The name of a treatment. */
export type CleanTreatment = keyof typeof cleanTreatments
