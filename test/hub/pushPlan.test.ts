import { assert, describe, it } from "@effect/vitest"
import type { HubFile, PushFile } from "../../src/hub/PushFile.ts"
import { pushPlan } from "../../src/hub/pushPlan.ts"

const local = (path: string, sha256 = "s", gitOid = "g", bytes = 1): PushFile => ({
  path,
  file: `/x/${path}`,
  bytes,
  sha256,
  gitOid
})
const remote = (path: string, sha256: string | null, gitOid = "g", bytes = 1): HubFile => ({
  path,
  bytes,
  sha256,
  gitOid
})

const a = "data/train-00000-of-00001.parquet"

describe("pushPlan", () => {
  it("pushPlan compares stored files by SHA-256 and files in git by what git calls them", () => {
    const files = ["same", "other", "inGit", "changedInGit", "longer", "new"].map((path) => local(path))
    const there = [
      remote("same", "s", "pointer"),
      remote("other", "t", "g"),
      remote("inGit", null, "g"),
      remote("changedInGit", null, "h"),
      remote("longer", "s", "pointer", 2)
    ]
    const plan = pushPlan(files, there)
    assert.deepStrictEqual(
      plan.there.map(({ path }) => path),
      ["same", "inGit"]
    )
    assert.deepStrictEqual(
      plan.send.map(({ path }) => path),
      ["other", "changedInGit", "longer", "new"]
    )
    assert.deepStrictEqual(plan.remove, [])
  })

  it("pushPlan removes left-over shards and pictures alone", () => {
    const left = [
      "data/train-00001-of-00002.parquet",
      "data/v1.dev-00000-of-00001.jsonl.zst",
      "data/test-00000-of-00001.arrow",
      "card/margins-3.svg"
    ]
    const kept = [
      "data/notes.md",
      "data/train-0-of-1.parquet",
      "data/deep/train-00000-of-00002.parquet",
      "other/train-00000-of-00002.parquet",
      "train-00000-of-00002.parquet",
      "card/mine.svg",
      ".gitattributes"
    ]
    const plan = pushPlan(
      [local(a)],
      [...left, ...kept, a].map((path) => remote(path, "s"))
    )
    assert.deepStrictEqual(plan.remove, left)
  })

  it("pushPlan removes no shard where the folder has none", () => {
    assert.deepStrictEqual(pushPlan([local("README.md")], [remote(a, "s")]).remove, [])
  })
})
