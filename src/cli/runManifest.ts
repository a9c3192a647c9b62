import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Manifest } from "../Manifest.ts"
import { isFolder } from "../isFolder.ts"
import { readManifest } from "./readManifest.ts"
import { cannotTell, type WhyError } from "./WhyError.ts"

/**
 * Reads the manifest that a run left in its folder.
 *
 * Fails where there is none, as long as a run has not finished, where it cannot be read, where it lacks something that a row is told by, and
 * where `prefloom convert` or `prefloom clean` left it: no run made these rows here.
 */
export const runManifest = (out: string): Effect.Effect<Manifest, WhyError> =>
  Effect.gen(function* () {
    const file = path.join(out, "manifest.json")
    if (!isFolder(out)) return yield* cannot(`no folder "${out}"`, "the folder of a finished run")
    const read = yield* Effect.mapError(Effect.fromResult(readManifest(out)), ({ found }) => cannot(found))
    if (read === null) return yield* cannot(`no "${file}"`)
    const manifest = read.manifest as Manifest
    const wrong = Object.entries(parts).find(([name, isRight]) => !isRight(manifest[name as keyof Manifest]))
    if (wrong !== undefined) return yield* cannot(`"${file}" without a right "${wrong[0]}"`)
    const made = madeOfFiles(manifest)
    return made === null ? manifest : yield* withoutRun(out, made)
  })

const cannot = (found: string, wanted = "what a finished run leaves there") => cannotTell(found, wanted, remedy)

const remedy = "name the --out of a run, or run the pipeline to its end: the same command goes on"

/** What a row is told by. */
const parts = {
  pipeline: Schema.is(Schema.String),
  pipelineHash: Schema.is(Schema.String),
  seed: Schema.is(Schema.Int),
  simulated: Schema.is(Schema.Boolean),
  provider: Schema.is(
    Schema.NullOr(Schema.Struct({ name: Schema.String, endpoint: Schema.String, models: Schema.Array(Schema.String) }))
  ),
  stages: Schema.is(Schema.Array(Schema.Struct({ key: Schema.String }))),
  findings: Schema.is(
    Schema.Array(Schema.Struct({ stage: Schema.String, finding: Schema.Struct({ kind: Schema.String }) }))
  ),
  files: Schema.is(
    Schema.Array(Schema.Struct({ path: Schema.String, rows: Schema.Int, bytes: Schema.Int, sha256: Schema.String }))
  ),
  conversion: Schema.is(
    Schema.UndefinedOr(Schema.Struct({ files: Schema.Array(Schema.Struct({ name: Schema.String })) }))
  )
} satisfies Partial<Record<keyof Manifest, (value: unknown) => boolean>>

/** The command that made data of files without a run, and the names of the files; null for a run. */
const madeOfFiles = ({ conversion, stages }: Manifest) => {
  if (conversion !== undefined) return { command: "convert", names: conversion.files.map(({ name }) => name) }
  const [first] = stages
  return first?.key === "votes" && isCleaning(first.config) ? { command: "clean", names: first.config.files } : null
}

const isCleaning = Schema.is(Schema.Struct({ files: Schema.Array(Schema.String) }))

const nNamed = 3

const withoutRun = (out: string, { command, names }: NonNullable<ReturnType<typeof madeOfFiles>>): WhyError => {
  const left = names.length - nNamed
  const named = `${names.slice(0, nNamed).join(", ")}${left > 0 ? ` and ${left} more` : ""}`
  return cannotTell(
    `"${out}", which prefloom ${command} made of ${named}`,
    "the folder of a run",
    `name the run that wrote ${named}, if a run did, and the id or the place that the row has there`
  )
}
