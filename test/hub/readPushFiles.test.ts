import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { makePushProgress } from "../../src/hub/PushProgress.ts"
import { readPushFiles } from "../../src/hub/readPushFiles.ts"
import { besideData, binary, finishedRun } from "./finishedRun.ts"

const name = "data/train-00000-of-00001.parquet"

const withRun = <A, E>(use: (folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => finishedRun({ [name]: binary("a", 3_000_000) })),
    ({ folder }) => use(folder),
    ({ remove }) => Effect.sync(remove)
  )

const refused = (change: (folder: string) => void) =>
  withRun((folder) => {
    change(folder)
    return Effect.flip(readPushFiles(folder, makePushProgress()))
  })

describe("readPushFiles", () => {
  it.effect(
    "readPushFiles finds what the manifest lists and the card, and neither the journal nor what lies about",
    () =>
      withRun((folder) =>
        Effect.gen(function* () {
          const progress = makePushProgress()
          const { files, manifest } = yield* readPushFiles(folder, progress)
          assert.deepStrictEqual(files.map((file) => file.path).toSorted(), [name, ...besideData].toSorted())
          assert.strictEqual(manifest.pipeline, "first")
          assert.strictEqual(progress.bytes, progress.totalBytes)
          assert.strictEqual(
            progress.totalBytes,
            files.reduce((sum, { bytes }) => sum + bytes, 0)
          )
        })
      )
  )

  for (const text of [
    "null",
    "[]",
    '{"distribution":{}}',
    '{"distribution":[null]}',
    '{"distribution":[{"sha256":1}]}',
    "{"
  ]) {
    it.effect(`readPushFiles goes past a croissant.json of ${text}, which describes no file`, () =>
      withRun((folder) =>
        Effect.gen(function* () {
          fs.writeFileSync(path.join(folder, "croissant.json"), text)
          const { files } = yield* readPushFiles(folder, makePushProgress())
          assert.include(
            files.map((file) => file.path),
            "croissant.json"
          )
        })
      )
    )
  }

  it.effect("readPushFiles names files as git does", () =>
    withRun((folder) =>
      Effect.gen(function* () {
        const { files } = yield* readPushFiles(folder, makePushProgress())
        for (const { file, gitOid } of files) {
          assert.strictEqual(
            gitOid,
            execFileSync("git", ["hash-object", "--no-filters", file], { encoding: "utf8" }).trim()
          )
        }
      })
    )
  )

  const cases: ReadonlyArray<readonly [what: string, change: (folder: string) => void, message: RegExp]> = [
    [
      "a folder without a manifest",
      (folder) => fs.rmSync(path.join(folder, "manifest.json")),
      /found no manifest\.json, expected the folder of a finished run, clean or convert; give the command/
    ],
    [
      "a manifest that is none",
      (folder) => fs.writeFileSync(path.join(folder, "manifest.json"), "{"),
      /manifest\.json that cannot be read/
    ],
    [
      "a folder without a card, as a sink of one file leaves it",
      (folder) => fs.rmSync(path.join(folder, "README.md")),
      /found no card README\.md, expected that of a data set.+into\(dataset\(…\)\).+prefloom convert/
    ],
    [
      "a card of another run",
      (folder) =>
        fs.writeFileSync(
          path.join(folder, "croissant.json"),
          JSON.stringify({ distribution: [{ contentUrl: name, sha256: "0" }, { "@type": "cr:FileSet" }] })
        ),
      /found a card and croissant\.json of another run, with the file "data\/train/
    ],
    ["a file that is gone", (folder) => fs.rmSync(path.join(folder, name)), /found no file "data\/train/],
    [
      "a file that was changed",
      (folder) => fs.appendFileSync(path.join(folder, name), "x"),
      /found other bytes in "data\/train.+\(3000001, /
    ],
    [
      "a manifest that leads out of the folder",
      (folder) =>
        fs.writeFileSync(path.join(folder, "manifest.json"), JSON.stringify({ files: [{ path: "../secret" }] })),
      /found "\.\.\/secret" in the manifest/
    ]
  ]
  for (const [what, change, message] of cases) {
    it.effect(`readPushFiles refuses ${what}`, () =>
      Effect.map(refused(change), (error) => {
        assert.strictEqual(error.reason, "badFolder")
        assert.match(error.message, message)
      })
    )
  }
})
