import * as Yaml from "effect/encoding/Yaml"
import * as Result from "effect/Result"
import { frontMatter } from "./frontMatter.ts"

/**
 * Reads which splits `dataset_info` in the card `README.md` of a folder gives to which data set, by its name, each with its rows (`num_examples`), null
 * where it does not say.
 *
 * Without a name it is "default", as for the hub. Data sets whose splits it does not name are not there, and none is where it cannot be read.
 */
export const infoSplits = (folder: string): ReadonlyMap<string, ReadonlyMap<string, number | null>> => {
  const front = frontMatter(folder, /^dataset_info[ \t]*:/)
  const info = Result.getOrElse(
    Result.try(() => Yaml.parse(front ?? "") as { readonly dataset_info?: unknown } | null),
    () => null
  )?.dataset_info
  const sets: ReadonlyArray<unknown> = Array.isArray(info) ? info : [info]
  return new Map(
    sets.flatMap((one) => {
      const { config_name: name = "default", splits } = (one ?? {}) as { config_name?: unknown; splits?: unknown }
      if (!Array.isArray(splits)) return []
      const rows = (splits as ReadonlyArray<Split | null>).map(
        (split) => [String(split?.name), typeof split?.num_examples === "number" ? split.num_examples : null] as const
      )
      return [[String(name), new Map(rows)] as const]
    })
  )
}

interface Split {
  readonly name?: unknown
  readonly num_examples?: unknown
}
