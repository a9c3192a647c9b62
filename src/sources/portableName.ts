import * as path from "node:path"

/**
 * The name of a file that was read, as results may tell it to others: as it was named where that is below the working folder, else without the folders
 * of this machine, but for one that says a split (`train/part-0.parquet`).
 */
export const portableName = (file: string): string => {
  const climbs = path.normalize(file).split(path.sep)[0] === ".."
  if (!path.isAbsolute(file) && !climbs) return file
  const folder = path.basename(path.dirname(file))
  return split.test(folder) ? `${folder}/${path.basename(file)}` : path.basename(file)
}

/** How folders of splits are called, such as `train_prefs`. */
const split = /^(?:train|valid|test|dev|eval)/i
