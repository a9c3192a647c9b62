import * as Effect from "effect/Effect"
import { HubError } from "../hub/HubError.ts"
import type { Manifest } from "../Manifest.ts"
import { cardConfigs } from "./cardConfigs.ts"
import { infoSplits } from "./infoSplits.ts"

/**
 * Fails where the card in a folder describes other files than the manifest lists, be it that of an earlier run, which had another sink, or one that
 * names files, folders or splits that are not there or have another number of rows: nobody could load the data set.
 *
 * A card that says nothing of files, or names a folder alone in which some are, is taken as it is, and so are addresses.
 */
export const checkPushCard = (out: string, { files }: Pick<Manifest, "files">): Effect.Effect<void, HubError> =>
  Effect.suspend(() => {
    const listed = new Set(files.map(({ path }) => path))
    const configs = cardConfigs(out)
    const refuse = (found: string, wanted: string, remedy: string) =>
      Effect.fail(new HubError({ reason: "badFolder", action: `push ${JSON.stringify(out)}`, found, wanted, remedy }))
    const described = configs.flatMap((config) => config.files.map(({ path }) => slashed(path)))
    const other = described.find((file) => !listed.has(file))
    const isOfNone = configs.length > 0 && described.length === 0 && configs.every(({ home }) => home === null)
    if (other !== undefined || isOfNone) {
      const of = isOfNone
        ? "none of the files here"
        : `the file ${JSON.stringify(other)}, which manifest.json does not list`
      return refuse(
        `a card README.md of another run, with ${of}`,
        "that of the data set here, by which its rows are loaded",
        "run the pipeline into another folder, with into(dataset(…)) at its end, and push that"
      )
    }
    const absent = configs.flatMap(({ home, missing }) =>
      home === null || [...listed].some((file) => isBelow(file, slashed(home))) ? missing : [home]
    )[0]
    if (absent !== undefined) {
      return refuse(
        `a card README.md that lists ${JSON.stringify(slashed(absent))}, which is not here`,
        "files of the data set here: loaders fail at one that is absent",
        `take it out of "configs" in README.md, or ${again}`
      )
    }
    const told = infoSplits(out)
    const rowsOf = new Map(files.map(({ path, rows }) => [path, rows]))
    for (const { files: ofConfig, hasAddresses, home, name, splits } of configs) {
      const expected = told.get(name)
      if (home !== null || expected === undefined) continue
      const differing = (found: string, wanted: string) =>
        refuse(found, `${wanted}: loaders compare them`, `mend "splits" in dataset_info, or ${again}`)
      if (new Set(splits).symmetricDifference(expected).size > 0) {
        const inInfo = expected.size === 0 ? "no splits" : `the splits ${[...expected.keys()].join(" and ")}`
        const found = `${inInfo} in dataset_info of the card README.md, and ${splits.join(" and ")} in its configs`
        return differing(found, "the same in both")
      }
      // Nobody knows the rows of what is elsewhere.
      if (hasAddresses) continue
      for (const [split, nTold] of expected) {
        const nRows = ofConfig
          .filter((file) => file.split === split)
          .reduce((sum, file) => sum + rowsOf.get(slashed(file.path))!, 0)
        if (nTold === null || nTold === nRows) continue
        const found = `num_examples ${nTold} of the split ${split} in dataset_info of the card README.md`
        return differing(found, `${nRows}, as there are rows here`)
      }
    }
    return Effect.void
  })

const again = "remove README.md and give the command again that wrote this folder"

const slashed = (place: string): string => place.replaceAll("\\", "/")

/** Says whether a file is in a folder, at any depth; what stands beside the data does not count. */
const isBelow = (file: string, home: string): boolean =>
  file !== "rejects.parquet" && (home === "." || file.startsWith(`${home.replace(/\/$/, "")}/`))
