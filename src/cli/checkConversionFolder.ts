import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { parseJson } from "../formats/Messages.ts"
import type { Manifest } from "../Manifest.ts"
import { foreignCard } from "../report/foreignCard.ts"
import { textIfThere } from "../textIfThere.ts"
import { ConvertError } from "./ConvertError.ts"

/**
 * Looks whether a conversion may write a data set into a folder, and gives back the data files that an earlier one left there, relative to it.
 *
 * Fails where `README.md` is not as Prefloom wrote it, where there is a manifest that no conversion left, which is that of a run, and where
 * an input would be replaced: by the files to write, relative to the folder, or with those of the earlier conversion.
 */
export const checkConversionFolder = (
  folder: string,
  inputs: ReadonlyArray<string>,
  writes: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, ConvertError> =>
  Effect.suspend(() => {
    const cannot = (found: string, wanted: string, remedy: string) =>
      Effect.fail(new ConvertError({ what: `convert into "${folder}"`, found, wanted, remedy }))
    const card = foreignCard(folder)
    if (card !== null) {
      const remedy = "move it away, choose another folder, or name a file with --out for the data without a card"
      return cannot(card, "none, or its own", remedy)
    }
    const text = textIfThere(path.join(folder, "manifest.json"))
    const manifest = text === null ? null : (parseJson(text) as Partial<Manifest> | null | undefined)
    if (text !== null && manifest?.conversion === undefined) {
      return cannot("the manifest.json of a run", "none, or that of a conversion", "choose another folder")
    }
    const listed: ReadonlyArray<unknown> = Array.isArray(manifest?.files) ? manifest.files : []
    const earlier = listed
      .map((file) => (file as { readonly path?: unknown } | null)?.path)
      .filter((name): name is string => typeof name === "string" && dataName.test(name) && name !== "rejects.parquet")
    const replaced = new Set([...earlier, ...writes].flatMap((name) => realPath(path.join(folder, name))))
    const input = inputs.find((file) => realPath(file).some((place) => replaced.has(place)))
    return input === undefined
      ? Effect.succeed(earlier)
      : cannot(`"${input}" there, which is read`, "files elsewhere: results would replace it", "choose another folder")
  })

/** The names that a conversion gives to data files: nothing else that a manifest lists is taken away. */
const dataName = /^(?:data\/)?[\w.]+(?:-00000-of-00001)?\.(?:parquet|jsonl)$/

const realPath = (file: string): ReadonlyArray<string> => (fs.existsSync(file) ? [fs.realpathSync(file)] : [])
