import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Format } from "../formats/Format.ts"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { ConvertError } from "./ConvertError.ts"
import { isFolder } from "../isFolder.ts"

/** Where a conversion goes: its folder as the user wrote it and as a path, and the names in there. */
export interface ConvertTarget {
  readonly folder: string
  readonly shown: string
  /** Whether one file is named, which holds one split and gets no card. */
  readonly isFile: boolean
  readonly nameOf: (split: string) => string
  /** Where rejected rows go: beside a file under all of its name, so that no other file has the same, in a folder where no reader takes them for a split. */
  readonly rejects: string
}

/** A split under a name that loaders take: letters, digits and underscores, with single points between. */
export const splitName = (split: string): string => split.replaceAll(/\.(?!\w)|^\.|[^\w.]+/g, "_")

/** How the names of data files end that a command writes as one. */
export const dataEnding: RegExp = /\.(parquet|arrow|json|csv|jsonl(\.gz|\.zst)?)$/

/**
 * A path with the ending of a data file is one; any other is a folder, in which files have the names that readers of the format expect.
 *
 * Fails for another ending, and for what stands for standard output or a device.
 */
export const convertTarget = (out: string, format: Format): Effect.Effect<ConvertTarget, ConvertError> => {
  const isThere = isFolder(out)
  if (out === "-" || (!isThere && out.startsWith("/dev/"))) {
    return Effect.fail(
      new ConvertError({
        what: "convert",
        found: `--out ${out}, which stands for standard output or a device`,
        wanted: "a file or a folder: what is written is whole or absent",
        remedy: "name one with --out",
        isUsage: true
      })
    )
  }
  if (!isThere && dataEnding.test(out)) {
    const name = path.basename(out)
    return Effect.succeed({
      folder: path.resolve(path.dirname(out)),
      shown: path.dirname(out),
      isFile: true,
      nameOf: () => name,
      rejects: `${name}.rejects.parquet`
    })
  }
  if (!isThere && path.extname(out) !== "") {
    return Effect.fail(
      new ConvertError({
        what: "convert",
        found: `--out ${out}`,
        wanted: "a file that ends in .parquet, .jsonl, .jsonl.gz, .jsonl.zst, .json, .arrow or .csv, or a folder",
        remedy: "choose one of these endings",
        isUsage: true
      })
    )
  }
  return Effect.succeed({
    folder: path.resolve(out),
    shown: out,
    isFile: false,
    nameOf: (split) => {
      const name = splitName(split)
      if (format.extension === ".parquet") return `data/${name}-00000-of-00001.parquet`
      // A plain name shows the usual splits alone.
      const plain = `${name}.jsonl`
      return splitOfFile(plain) === name ? plain : `${name}-00000-of-00001.jsonl`
    },
    rejects: "rejects.parquet"
  })
}
