import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { isFolder } from "../isFolder.ts"
import { foreignFile } from "../OwnFiles.ts"
import { replacedFiles } from "../replacedFiles.ts"
import { foreignCard } from "../report/foreignCard.ts"
import { dataset } from "../sinks/dataset.ts"
import { CleanError } from "./CleanError.ts"
import { isRanking } from "./cleanMethods.ts"
import type { CleanRequest } from "./Cleaned.ts"
import { dataEnding } from "./ConvertTarget.ts"

/** Fails where method, treatment and limits do not go together, before anything is read. */
export const checkCleanRequest = ({
  amount,
  method,
  threshold,
  treatment
}: CleanRequest): Effect.Effect<void, CleanError> => {
  const how = `by "${method}"`
  const refuse = (found: string, wanted: string, remedy: string) =>
    Effect.fail(new CleanError({ how, found, wanted, remedy, isUsage: true }))
  if (amount !== undefined && threshold !== undefined) {
    return refuse(
      "--threshold and a number of pairs",
      "one of them",
      "leave out --threshold, or --fraction and --budget"
    )
  }
  if (!isRanking(method)) {
    return treatment === "flip" && threshold !== undefined && threshold > 0.5
      ? refuse(
          `--threshold ${threshold} with --treatment flip`,
          "at most 0.5: above it orders would be exchanged that are more probably right than wrong",
          "lower --threshold, or take --treatment remove"
        )
      : Effect.void
  }
  if (treatment === "weight" || treatment === "soft-label") {
    return refuse(
      `--treatment ${treatment}`,
      "keep, flip or remove, since it ranks pairs and tells no probability",
      "take one of these, or --method re-po with --trusted"
    )
  }
  if (threshold !== undefined) {
    return refuse(
      "--threshold",
      "a share or a number of pairs, since it ranks them",
      "add --fraction 0.1 or --budget 100 in its place"
    )
  }
  return amount === undefined
    ? refuse(
        "neither --fraction nor --budget",
        "how many pairs to flag, since it ranks them",
        "add --fraction 0.1 or --budget 100"
      )
    : Effect.void
}

/** Fails where a file is named for the folder of the results, which would be a folder of that name. */
export const checkCleanOut = (out: string): Effect.Effect<void, CleanError> =>
  dataEnding.test(out) && !isFolder(out)
    ? Effect.fail(
        new CleanError({
          how: `into "${out}"`,
          found: "the name of a data file",
          wanted: "that of a folder, for data, card, rejects and report",
          remedy: "leave out the ending, or convert the folder into a file afterwards",
          isUsage: true
        })
      )
    : Effect.void

/**
 * Fails where a file would be read from the folder that is written to, where its `README.md` or `croissant.json` is not as Prefloom wrote it, and where a
 * result would replace a file of somebody else.
 */
export const checkCleanFolder = (files: ReadonlyArray<string>, folder: string): Effect.Effect<void, CleanError> =>
  Effect.suspend(() => {
    const refuse = (found: string, wanted: string, remedy: string) =>
      Effect.fail(new CleanError({ how: `into "${folder}"`, found, wanted, remedy }))
    const inside = files.find((file) => {
      const place = path.relative(fs.realpathSync(folder), fs.realpathSync(file))
      return !place.startsWith("..") && !path.isAbsolute(place)
    })
    if (inside !== undefined) {
      const found = `"${inside}" in the folder of the results`
      return refuse(found, "data elsewhere: results would replace them", "choose another folder with --out")
    }
    const other = "move it away, or choose another folder with --out"
    const card = foreignCard(folder)
    if (card !== null) return refuse(card, "none, or its own", other)
    const foreign = foreignFile(folder, replacedFiles(dataset(), folder))
    return foreign === null ? Effect.void : refuse(foreign, "none, or its own: it would be replaced", other)
  })
