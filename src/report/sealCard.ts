import * as crypto from "node:crypto"

/**
 * Ends a card, which ends in a line break, with a comment that readers do not show: the SHA-256 of all that stands above it.
 *
 * By it a card that somebody wrote or changed is told from one that can be written anew; see `isOwnCard`.
 */
export const sealCard = (card: string): string =>
  `${card}\n<!-- Written by Prefloom; SHA-256 of the text above: ${crypto.hash("sha256", card)} -->\n`
