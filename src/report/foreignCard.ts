import * as path from "node:path"
import { textIfThere } from "../textIfThere.ts"
import { isOwnCard } from "./isOwnCard.ts"
import { isOwnCroissant } from "./isOwnCroissant.ts"

/**
 * Says what in a folder would be lost by writing a card there, in words that follow "found": a `README.md` or `croissant.json` that is not as
 * Prefloom wrote it, or that cannot be read. Null where there is none, or its own.
 */
export const foreignCard = (folder: string): string | null => {
  const isForeign = (name: string, isOwn: (text: string) => boolean): boolean => {
    const text = textIfThere(path.join(folder, name))
    return text !== null && !isOwn(text)
  }
  const name = isForeign("README.md", isOwnCard)
    ? "README.md"
    : isForeign("croissant.json", isOwnCroissant)
      ? "croissant.json"
      : null
  return name === null ? null : `a ${name} that Prefloom did not write, or that was changed since`
}
