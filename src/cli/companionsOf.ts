import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Format, Writer } from "../formats/Format.ts"
import { withoutFiles } from "../formats/datasetInfo.ts"
import { textIfThere } from "../textIfThere.ts"
import { ConvertError } from "./ConvertError.ts"
import type { ConvertTarget } from "./ConvertTarget.ts"

/**
 * The files that belong to the data, each with what all splits put into it. Of `gone`, the data files of an earlier conversion that go, they say
 * nothing any more; a text that is null stands for a file that goes with them. Fails where one is there that is not such a file.
 */
export const companionsOf = Effect.fnUntraced(function* (
  { folder, nameOf }: ConvertTarget,
  splits: ReadonlyArray<string>,
  format: Format,
  writer: Writer,
  gone: ReadonlyArray<string>
) {
  const existing = (place: string) => textIfThere(path.join(folder, place))
  const texts = new Map<string, string | null>()
  for (const [home, names] of Map.groupBy(gone, (name) => path.dirname(name))) {
    const place = path.join(home, "dataset_info.json")
    const text = existing(place)
    if (text === null) continue
    const left = withoutFiles(
      text,
      names.map((name) => path.basename(name))
    )
    if (left !== text) texts.set(place, left)
  }
  for (const split of splits) {
    const name = nameOf(split)
    const companion = format.companion?.(name, writer)
    if (companion === undefined) continue
    const place = path.join(path.dirname(name), companion.name)
    const text = companion.text(texts.has(place) ? texts.get(place)! : existing(place))
    if (typeof text !== "string") {
      const file = path.join(folder, place)
      const found = fs.statSync(file).isDirectory() ? "a folder" : text.found
      const remedy = "move it away and convert again"
      return yield* new ConvertError({ what: `write "${file}"`, ...text, found, remedy })
    }
    texts.set(place, text)
  }
  return [...texts].map(([place, text]) => ({ place, text }))
})
