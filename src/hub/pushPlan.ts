import type { HubFile, PushFile } from "./PushFile.ts"

/** What a push has to do. */
export interface PushPlan {
  /** New, or other than what is there. */
  readonly send: ReadonlyArray<PushFile>
  /** The same bytes are there under the same name. */
  readonly there: ReadonlyArray<PushFile>
  /** Paths of files that an earlier push left and that loaders would take for part of the data set. */
  readonly remove: ReadonlyArray<string>
}

const shard = /^([^/]+)\/\w+(?:\.\w+)*-\d{5,}-of-\d{5,}(?:\.parquet|\.arrow|\.jsonl\.zst)$/
const picture = /^card\/(?:reliability|label-probability|margins)-\d+\.svg$/

/**
 * Compares the files of a folder with those of a repository, by path and checksum.
 *
 * Removed is what the folder does not have: numbered shards in the folders that it writes, which a pattern such as `data/train-*` would
 * find together with the new ones, and pictures of the card. All other files of the repository stay. Time O(files).
 */
export const pushPlan = (local: ReadonlyArray<PushFile>, remote: ReadonlyArray<HubFile>): PushPlan => {
  const remoteByPath = new Map(remote.map((file) => [file.path, file]))
  const isThere = (file: PushFile) => isSame(file, remoteByPath.get(file.path))
  const names = new Set(local.map(({ path }) => path))
  const folders = new Set(local.flatMap(({ path }) => shard.exec(path)?.[1] ?? []))
  const isLeft = (path: string) => picture.test(path) || folders.has(shard.exec(path)?.[1] ?? "")
  return {
    send: local.filter((file) => !isThere(file)),
    there: local.filter(isThere),
    remove: remote.flatMap(({ path }) => (names.has(path) || !isLeft(path) ? [] : [path]))
  }
}

const isSame = (local: PushFile, remote: HubFile | undefined): boolean =>
  remote !== undefined &&
  remote.bytes === local.bytes &&
  (remote.sha256 === null ? remote.gitOid === local.gitOid : remote.sha256 === local.sha256)
