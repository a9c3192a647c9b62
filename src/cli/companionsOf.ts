import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Format, Writer } from "../formats/Format.ts"
import { ConvertError } from "./ConvertError.ts"
import type { ConvertTarget } from "./ConvertTarget.ts"

/** The files that belong to the data, each with what all splits put into it. Fails where one is there that is not such a file. */
export const companionsOf = Effect.fnUntraced(function* (
  { folder, nameOf }: ConvertTarget,
  splits: ReadonlyArray<string>,
  format: Format,
  writer: Writer
) {
  const texts = new Map<string, string>()
  for (const split of splits) {
    const name = nameOf(split)
    const companion = format.companion?.(name, writer)
    if (companion === undefined) continue
    const place = path.join(path.dirname(name), companion.name)
    const file = path.join(folder, place)
    const existing = texts.get(place) ?? (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null)
    const text = companion.text(existing)
    if (typeof text !== "string") {
      const remedy = "move the file away and convert again"
      return yield* new ConvertError({ what: `write "${file}"`, ...text, remedy })
    }
    texts.set(place, text)
  }
  return [...texts].map(([place, text]) => ({ place, text }))
})
