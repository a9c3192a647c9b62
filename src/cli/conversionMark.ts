import * as fs from "node:fs"
import * as path from "node:path"

const markIn = (folder: string): string => path.join(folder, ".converting")

/**
 * The mark of a folder into which a conversion writes its files, until its manifest says which they are.
 *
 * Where the conversion is killed in between, the next one knows by it that data files without a manifest are its own to replace.
 */
export const conversionMark = {
  set: (folder: string): void =>
    fs.writeFileSync(markIn(folder), "A conversion writes here: the same command ends it\n"),
  isSet: (folder: string): boolean => fs.existsSync(markIn(folder)),
  remove: (folder: string): void => fs.rmSync(markIn(folder), { force: true })
}
