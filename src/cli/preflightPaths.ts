import * as fs from "node:fs"
import * as path from "node:path"

const endings = /\.(parquet|arrow|json|csv|jsonl(\.gz|\.zst)?)$/
const beside = /(^|\.)rejects\.parquet$|^(dataset_info|croissant|manifest|audit)\.json$/

/**
 * Names the data files that paths stand for: of a folder all splits in `data`, or in the folder itself, and not what a run leaves beside.
 *
 * A folder without data files, and anything else, stays as it is, for the error of whoever opens it.
 */
export const preflightPaths = (paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.flatMap((one) => {
    if (fs.statSync(one, { throwIfNoEntry: false })?.isDirectory() !== true) return [one]
    const inData = dataFiles(path.join(one, "data"))
    const found = inData.length > 0 ? inData : dataFiles(one)
    return found.length > 0 ? found : [one]
  })

const dataFiles = (folder: string): ReadonlyArray<string> =>
  fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? fs
        .readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && endings.test(entry.name) && !beside.test(entry.name))
        .map((entry) => path.join(folder, entry.name))
        .toSorted()
    : []
