import * as path from "node:path"
import { textIfThere } from "../textIfThere.ts"

/** The entries between the dashes at the head of the card `README.md` in a folder that begin as is wanted; undefined where it has no front matter. */
export const frontMatter = (folder: string, wanted: RegExp): string | undefined => {
  const text = textIfThere(path.join(folder, "README.md"))
  const [, front] = /^\ufeff?---[ \t]*\r?\n([^]*?)(?:^|\n)---[ \t]*(?:\r?\n|$)/.exec(text ?? "") ?? []
  // Entries one by one: descriptions of columns may hold YAML that only their own readers take.
  return front
    ?.split(/\r?\n(?=[A-Za-z_"'])/)
    .filter((entry) => wanted.test(entry))
    .join("\n")
}
