import * as path from "node:path"
import { plainSplit } from "../formats/plainSplit.ts"
import { splitInWords } from "../formats/splitInWords.ts"
import { splitOfFile } from "../formats/splitOfFile.ts"

/** What shows the split of a file: all of its name, a word of it, a folder or a card; null where nothing does. */
export type ShownBy = "card" | "folder" | "name" | "word" | null

/** The split of a file, null where nothing shows one. */
export interface Shown {
  readonly split: string | null
  readonly by: ShownBy
}

const numbered = /^(?:\d+|data-\d{5}-of-\d{5})\.\w+$/

/**
 * The split that the path of a file shows below a folder: its name where that is one of a split as a whole, else the nearest folder with a word for a
 * split, else a word of its name.
 *
 * Of a file that is called by a number alone, as the hub and `save_to_disk` do it, its folder counts even where that is not below the other one.
 */
export const shownSplit = (file: string, below: string): Shown => {
  const name = path.basename(file)
  const whole = plainSplit(name)
  if (whole !== null && splitInWords(whole) !== null) return { split: whole, by: "name" }
  const folder = path.dirname(path.resolve(file))
  const inside = path.relative(path.resolve(below), folder).split(path.sep)
  const inFolder = (numbered.test(name) ? [path.basename(folder), ...inside] : inside)
    .map(splitInWords)
    .findLast((split) => split !== null)
  if (inFolder !== undefined) return { split: inFolder, by: "folder" }
  const split = splitOfFile(name)
  return { split, by: split === null ? null : whole === null ? "word" : "name" }
}
