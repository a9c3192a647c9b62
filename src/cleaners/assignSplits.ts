/** Input of `assignSplits`: one entry per row, but for `leading`. */
export interface SplitInput {
  /** The cluster of the row, from 0. */
  readonly cluster: Int32Array
  /** The split the row by itself belongs to, from 0; -1 where it belongs to none and is left out. */
  readonly own: Int32Array
  readonly nClusters: number
  readonly nSplits: number
  /** The split of each cluster where that is decided already; else a cluster goes where most of its rows belong. */
  readonly leading?: Int32Array
}

/** What becomes of each cluster: one entry per cluster. */
export interface AssignedSplits {
  /** The split of the cluster; -1 for a cluster without rows. */
  readonly split: Int32Array
  /** Rows of the cluster by the split they belong to by themselves: `nSplits` counts for each cluster. */
  readonly counts: Int32Array
  /** 1 where its rows by themselves belong to more than one split. */
  readonly crosses: Uint8Array
}

/**
 * Puts clusters of rows into splits whole, so that what is alike never stands on both sides.
 *
 * Without `leading` a cluster goes to the split that most of its rows belong to, and where that is even to the first of them:
 * so the fewest rows are in the wrong place. The order of the rows does not matter. Time O(rows + clusters · splits). Throws a
 * RangeError on unequal lengths.
 */
export const assignSplits = ({ cluster, leading, nClusters, nSplits, own }: SplitInput): AssignedSplits => {
  if (cluster.length !== own.length || (leading !== undefined && leading.length !== nClusters)) {
    throw new RangeError(
      `Cannot assign splits: found ${cluster.length} clusters of rows, ${own.length} splits of rows and ${leading?.length ?? "no"} splits of clusters, expected one each per row and ${nClusters} of clusters`
    )
  }
  const counts = new Int32Array(nClusters * nSplits)
  for (const [row, split] of own.entries()) if (split >= 0) counts[cluster[row]! * nSplits + split]!++
  const split = new Int32Array(nClusters).fill(-1)
  const crosses = new Uint8Array(nClusters)
  for (let c = 0; c < nClusters; c++) {
    const mine = counts.subarray(c * nSplits, (c + 1) * nSplits)
    const most = Math.max(...mine)
    if (most === 0) continue
    split[c] = leading === undefined ? mine.indexOf(most) : leading[c]!
    crosses[c] = Number(mine.filter((count) => count > 0).length > 1)
  }
  return { split, counts, crosses }
}

/** Rows that belong together, named by one of their prompts (its first 200 characters), or by its id where texts are not read. */
export interface SplitCluster {
  readonly example: string
  readonly rows: number
  /** Different prompts among them. */
  readonly prompts: number
  /** The split they are in. */
  readonly split: string
  /** Rows by the split they belong to by themselves. */
  readonly by: Readonly<Record<string, number>>
}

/** What a run tells about its splits. */
export interface SplitFinding {
  readonly kind: "splits"
  /** The column that decides. */
  readonly by: string
  /** The similarity from which prompts count as alike; null where only equal ones do. */
  readonly nearDuplicates: number | null
  readonly splits: ReadonlyArray<{
    readonly name: string
    /** The share asked for; null where times decide. */
    readonly asked: number | null
    readonly rows: number
    readonly prompts: number
    readonly clusters: number
  }>
  /** Clusters whose rows by themselves belong to more than one split, with what became of the rows outside the cluster's. */
  readonly crossing: {
    readonly clusters: number
    readonly rows: number
    readonly moved: number
    readonly rejected: number
    /** Those with the most rows. */
    readonly largest: ReadonlyArray<SplitCluster>
  }
  /** The cluster with the most rows; null without rows. */
  readonly largest: SplitCluster | null
  readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
}
