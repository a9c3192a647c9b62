import { sealCard } from "./sealCard.ts"

/** Says whether a card is as Prefloom wrote it, so that writing it anew loses nothing; line breaks may be those of Windows. */
export const isOwnCard = (text: string): boolean => {
  const card = text.replaceAll("\r\n", "\n")
  const end = card.lastIndexOf("\n<!-- ")
  return end >= 0 && card === sealCard(card.slice(0, end))
}
