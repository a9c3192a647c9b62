import * as fs from "node:fs"
import * as path from "node:path"
import * as Result from "effect/Result"
import { isOwnCard } from "./isOwnCard.ts"

/**
 * Says what in a folder would be lost by writing a card there, in words that follow "found": a `README.md` that is not as Prefloom wrote
 * it, or that cannot be read. Null where there is none, or its own.
 */
export const foreignCard = (folder: string): string | null => {
  const file = path.join(folder, "README.md")
  if (!fs.existsSync(file)) return null
  const text = Result.getOrElse(
    Result.try(() => fs.readFileSync(file, "utf8")),
    () => ""
  )
  return isOwnCard(text) ? null : "a README.md that Prefloom did not write, or that was changed since"
}
