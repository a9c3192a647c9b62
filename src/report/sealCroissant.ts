import * as crypto from "node:crypto"
import type { JsonObject } from "./croissantField.ts"

/**
 * Writes a description of a data set as the text of `croissant.json`, with an `identifier` at its end: the SHA-256 of the text without it.
 *
 * By it a description that somebody wrote or changed is told from one that can be written anew; see `isOwnCroissant`.
 */
export const sealCroissant = (document: JsonObject): string => {
  const { identifier: _, ...described } = document
  const identifier = `sha256:${crypto.hash("sha256", textOf(described))}`
  return textOf({ ...described, identifier })
}

const textOf = (document: JsonObject): string => `${JSON.stringify(document, null, 2)}\n`
