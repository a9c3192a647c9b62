import { parseJson } from "../formats/Messages.ts"
import type { JsonObject } from "./croissantField.ts"
import { sealCroissant } from "./sealCroissant.ts"

/** Says whether the text of a `croissant.json` is as Prefloom wrote it, so that writing it anew loses nothing; line breaks may be those of Windows. */
export const isOwnCroissant = (text: string): boolean => {
  const document = parseJson(text)
  const isObject = typeof document === "object" && document !== null && !Array.isArray(document)
  return isObject && text.replaceAll("\r\n", "\n") === sealCroissant(document as JsonObject)
}
