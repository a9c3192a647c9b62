/** A piece of a text, half open, in UTF-16 code units; its kind says what it is. */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly kind: string
}

/** Finds the pieces of a text, in order and without overlap; what lies between them belongs to none. Has to be pure. */
export type Splitter = (text: string) => ReadonlyArray<Piece>

/**
 * Cuts a text at places into pieces that joined give the text again.
 *
 * `starts` are the offsets where a piece begins, in rising order; what lies before the first one is a piece too. A piece of white
 * space alone belongs to the one before it, or to the next where there is none before.
 */
export const piecesAt = (text: string, starts: Iterable<number>, kind: string): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let start = 0
  const close = (end: number) => {
    if (end <= start || text.slice(start, end).trim() === "") return
    pieces.push({ start, end, kind })
    start = end
  }
  for (const at of starts) close(at)
  close(text.length)
  const last = pieces.at(-1)
  if (last !== undefined && last.end < text.length) pieces[pieces.length - 1] = { ...last, end: text.length }
  return pieces
}

/** Says what is wrong with the pieces of a text, null when they lie in it, in order and without overlap. */
export const piecesProblem = (text: string, pieces: ReadonlyArray<Piece>): string | null => {
  let from = 0
  for (const { end, start } of pieces) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= from && end > start && end <= text.length)) {
      return `found a piece from ${start} to ${end} behind ${from} in a text of ${text.length}, expected rising whole numbers`
    }
    from = end
  }
  return null
}
