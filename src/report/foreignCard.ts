import * as path from "node:path"
import { textIfThere } from "../textIfThere.ts"
import { isOwnCard } from "./isOwnCard.ts"

/**
 * Says what in a folder would be lost by writing a card there, in words that follow "found": a `README.md` that is not as Prefloom wrote
 * it, or that cannot be read. Null where there is none, or its own.
 */
export const foreignCard = (folder: string): string | null => {
  const text = textIfThere(path.join(folder, "README.md"))
  return text === null || isOwnCard(text) ? null : "a README.md that Prefloom did not write, or that was changed since"
}
