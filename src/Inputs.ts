import * as fs from "node:fs"
import * as path from "node:path"

/**
 * The files that a run has read, so that none of its results replaces one, however it is spelt.
 *
 * A file counts under its path and under that of the file behind links; two are the same where they share one. Links in folders are followed, and a
 * file that is not there counts under its path alone.
 */
export class Inputs {
  readonly #places = new Set<string>()
  #last: string | undefined

  constructor(files: ReadonlyArray<string> = []) {
    for (const file of files) this.add(file)
  }

  /** Notes a file that is read; noting the same one again costs nothing. */
  add(file: string): void {
    if (file === this.#last) return
    this.#last = file
    for (const place of placesOf(file)) this.#places.add(place)
  }

  /** Says whether a file of this path would replace one that was read, or a link to it. */
  has(file: string): boolean {
    return this.#places.size > 0 && placesOf(file).some((place) => this.#places.has(place))
  }
}

/** A path without links in its folders, and that of the file there without any. */
const placesOf = (file: string): ReadonlyArray<string> => {
  const { base, dir } = path.parse(path.resolve(file))
  const place = path.join(fs.existsSync(dir) ? fs.realpathSync(dir) : dir, base)
  return fs.existsSync(place) ? [place, fs.realpathSync(place)] : [place]
}
