import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { Inputs } from "../Inputs.ts"
import { foreignFile, OwnFiles } from "../OwnFiles.ts"
import { foreignCard } from "../report/foreignCard.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import { ConvertError } from "./ConvertError.ts"
import type { ConvertTarget } from "./ConvertTarget.ts"
import { readManifest } from "./readManifest.ts"
import { rejectFields } from "./writeRejected.ts"

/**
 * Looks whether a conversion may write its data files, and gives back those that an earlier one, finished or not, left in the folder of a data set,
 * relative to it; none beside one file.
 *
 * Fails where an input would be replaced or taken away, however its path is spelt or linked: by the files to write, by that of rejected rows,
 * or with those of the earlier conversion. Fails for a folder also where `README.md` is not as Prefloom wrote it, where there is a manifest that no
 * conversion left or a run that has not finished, and where a result would replace a file of somebody else. Beside one file, where anything but
 * rejected rows stands at the place of these.
 */
export const checkConversionTarget = Effect.fnUntraced(function* (
  { folder, isFile, rejects }: ConvertTarget,
  inputs: ReadonlyArray<string>,
  dataNames: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<string>, ConvertError> {
  const shown = isFile ? path.join(folder, dataNames[0]!) : folder
  const other = isFile ? "choose another name with --out" : "choose another folder"
  const cannot = (found: string, wanted: string, remedy: string) =>
    new ConvertError({ what: `convert into "${shown}"`, found, wanted, remedy })
  const card = isFile ? null : foreignCard(folder)
  if (card !== null) {
    const remedy = "move it away, choose another folder, or name a file with --out for the data without a card"
    return yield* cannot(card, "none, or its own", remedy)
  }
  const taken = (found: string) => cannot(found, "none, or that of a conversion", "choose another folder")
  const read = Effect.mapError(Effect.fromResult(readManifest(folder)), ({ found }) => taken(found))
  const made = isFile ? null : yield* read
  if (made !== null && made.manifest.conversion === undefined) return yield* taken("the manifest.json of a run")
  const isRun = !isFile && made === null && fs.existsSync(path.join(folder, ".prefloom", "run-id"))
  if (isRun) return yield* taken("a run that has not finished")
  const own = isFile ? [] : new OwnFiles(folder).names
  const earlier = own.filter((name) => dataName.test(name))
  const results = [...dataNames, rejects].map((name) => path.join(folder, name))
  const replaced = new Inputs([...earlier.map((name) => path.join(folder, name)), ...results])
  const input = inputs.find((file) => replaced.has(file))
  if (input !== undefined) {
    return yield* cannot(`"${input}" there, which is read`, "files elsewhere: results would replace it", other)
  }
  const foreign = isFile ? null : foreignFile(folder, results)
  if (foreign !== null) {
    return yield* cannot(foreign, "none, or its own: it would be replaced", `move it away, or ${other}`)
  }
  if (isFile && !(yield* holdsRejects(path.join(folder, rejects)))) {
    const found = `a file "${rejects}" that is none of rejected rows`
    return yield* cannot(found, "none, or its own: rejected rows go there", `move it away, or ${other}`)
  }
  return earlier
})

/** Says whether a file is one of rejected rows, or not there. */
const holdsRejects = (file: string): Effect.Effect<boolean> =>
  fs.existsSync(file)
    ? inspectFile(file, { rows: 0 }).pipe(
        Effect.map(({ columns }) => columns.map(({ name }) => name).join() === Object.keys(rejectFields).join()),
        Effect.orElseSucceed(() => false)
      )
    : Effect.succeed(true)

/** The names that a conversion gives to data files in a folder: nothing else that is its own is taken away. */
const dataName = /^(?:data\/[\w.]+-00000-of-00001\.parquet|[\w.]+(?:-00000-of-00001)?\.jsonl)$/
