import * as CliOutput from "effect/cli/CliOutput"

const segmenter = new Intl.Segmenter("en")

/**
 * Cuts a line to at most `width` terminal columns, with an ellipsis where something is missing.
 *
 * Wide characters count as two columns, and no character is cut in half.
 */
export const fitted = (line: string, width: number): string => {
  if (CliOutput.displayWidth(line) <= width) return line
  let kept = ""
  let used = 1
  for (const { segment } of segmenter.segment(line)) {
    used += CliOutput.displayWidth(segment)
    if (used > width) break
    kept += segment
  }
  return width < 1 ? "" : `${kept}…`
}
