import type { ManifestStage } from "../Manifest.ts"

/** By stage, on which side of which merge it is: 0 the rows that come first, 1 those behind them. */
export type MergeArms = ReadonlyMap<string, ReadonlyMap<string, 0 | 1>>

/**
 * Says which stages are in branches that `merge` puts one behind the other, so that a row which passed one of them did not pass the other.
 *
 * The stages are those of one pipeline in its order: each branch begins with its source, and what takes another pipeline in stands behind it.
 * What `join` brings together is no branch of its own, since the rows of both sides become one.
 */
export const mergeArms = (stages: ReadonlyArray<Pick<ManifestStage, "config" | "key" | "kind">>): MergeArms => {
  const arms = new Map<string, Map<string, 0 | 1>>()
  const branches: Array<Array<string>> = []
  for (const { config, key, kind } of stages) {
    arms.set(key, new Map())
    if (kind === "source") {
      branches.push([key])
      continue
    }
    const [, taker] = /(?:^|\/)(join|merge)(?:#\d+)?$/.exec(key) ?? []
    const takesOther = taker !== undefined && typeof config === "object" && config !== null && "with" in config
    const other = takesOther && branches.length > 1 ? branches.pop()! : []
    const own = branches.at(-1) ?? []
    if (taker === "merge" && other.length > 0) {
      for (const one of own) arms.get(one)!.set(key, 0)
      for (const one of other) arms.get(one)!.set(key, 1)
    }
    own.push(...other, key)
  }
  return arms
}
