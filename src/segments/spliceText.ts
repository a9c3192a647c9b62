/**
 * Replaces the first of some ranges of a text by another text and takes the others out.
 *
 * Ranges are half open, in UTF-16 code units; they have to be whole numbers in the text, in order and without overlap, else the
 * answer is null. `start` and `end` are where the new text stands.
 */
export const spliceText = (
  text: string,
  ranges: ReadonlyArray<{ readonly start: number; readonly end: number }>,
  put: string
): { readonly text: string; readonly start: number; readonly end: number } | null => {
  const [first] = ranges
  if (first === undefined) return null
  let made = ""
  let from = 0
  for (const range of ranges) {
    const { end, start } = range
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= from && end >= start && end <= text.length)) {
      return null
    }
    made += text.slice(from, start) + (range === first ? put : "")
    from = end
  }
  return { text: made + text.slice(from), start: first.start, end: first.start + put.length }
}
