import * as fs from "node:fs"
import * as path from "node:path"

/**
 * The files that a run has read, so that none of its results replaces one.
 *
 * A file counts under the path by which it was read and under that of the file behind links.
 */
export class Inputs {
  readonly #places = new Set<string>()
  #last: string | undefined

  /** Notes a file that is read; noting the same one again costs nothing. */
  add(file: string): void {
    if (file === this.#last) return
    this.#last = file
    const place = placeOf(file)
    this.#places.add(place)
    if (fs.existsSync(place)) this.#places.add(fs.realpathSync(place))
  }

  /** Says whether a file of this path would replace one that was read. */
  has(file: string): boolean {
    return this.#places.size > 0 && this.#places.has(placeOf(file))
  }
}

/** A path without links in its folders. */
const placeOf = (file: string): string => {
  const { base, dir } = path.parse(path.resolve(file))
  return path.join(fs.existsSync(dir) ? fs.realpathSync(dir) : dir, base)
}
