import type { InputFile } from "./inputFiles.ts"

const sources = { card: "the card", folder: "the folders", word: "words in file names" } as const

const nShown = 3

/**
 * Says what shows the splits of files, as a part of a sentence that begins with a semicolon: "; the splits are those of the card: train (a.jsonl)".
 *
 * Files are called by their name and folder alone, so that no path of this machine is told. Nothing is said of splits that are all of a file's name, and of files that show none.
 */
export const splitsSaid = (files: ReadonlyArray<InputFile>): string =>
  Object.entries(sources)
    .flatMap(([by, of]) => {
      const some = files.filter((file) => file.by === by)
      if (some.length === 0) return []
      const splits = [...Map.groupBy(some, ({ split }) => split)].map(([split, all]) => {
        const names = all.slice(0, nShown).map(({ name }) => shortName(name))
        const more = all.length > names.length ? ` and ${all.length - names.length} more` : ""
        return `${split} (${names.join(", ")}${more})`
      })
      return [`; the splits are those of ${of}: ${splits.join(", ")}`]
    })
    .join("")

const shortName = (file: string): string => file.split(/[\\/]/).slice(-2).join("/")
