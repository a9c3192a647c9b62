import * as path from "node:path"
import type { Manifest } from "../Manifest.ts"
import type { CardConfig, CardSplit } from "./Card.ts"

const registry = "dataset_info.json"

/**
 * Says how LLaMA-Factory is told of the files of a table, as lines of the file of a training run; null where no `dataset_info.json` lies beside them.
 *
 * Every file is a data set of its own there, and a list of them is read one after the other; so all files of `trained` are named, and those of
 * the first other split with rows, to evaluate on.
 */
export const cardRegistry = ({ files }: Manifest, { splits }: CardConfig, trained: CardSplit): string | null => {
  const folder = path.posix.dirname(trained.pathGlob)
  if (!files.some((file) => file.path === path.posix.join(folder, registry))) return null
  const namesOf = ({ pathGlob }: CardSplit) =>
    files
      .filter((file) => file.rows > 0 && file.path.startsWith(pathGlob.replace(/\*$/, "")))
      .filter((file) => path.posix.dirname(file.path) === folder)
      .map((file) => path.posix.parse(file.path).name)
      .join(",")
  const evaluated = splits.find((split) => split !== trained && split.rows > 0)
  return [
    "# LLaMA-Factory, in the file of a training run",
    `dataset_dir: ${path.posix.join("path/of/this/folder", folder)}`,
    `dataset: ${namesOf(trained)}`,
    ...(evaluated === undefined ? [] : [`eval_dataset: ${namesOf(evaluated)}`])
  ].join("\n")
}
