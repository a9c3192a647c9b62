import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import type { Plan } from "../Plan.ts"
import type { Run } from "../Run.ts"
import { statsIfThere } from "../statsIfThere.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { logsToStandardError } from "./logsToStandardError.ts"

/** A pipeline file that was imported: its absolute path, its name without extension, and the plan it exports. */
export interface LoadedPlan {
  readonly file: string
  readonly name: string
  readonly plan: Plan<Run>
}

/**
 * Imports a pipeline file and returns its default export.
 *
 * What the file prints goes to standard error. Fails with a message that names the file, and the line where there is one: no
 * such file, syntax that Node cannot strip, an import that does not resolve, wrong wiring, or a default export that is no plan.
 * That a plan needs nothing but what a run provides is checked by the compiler alone.
 */
export const loadPlan = Effect.fnUntraced(function* (given: string) {
  const file = yield* pipelineFile(given)
  logsToStandardError()
  const exported = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>,
    catch: (problem) => problem
  }).pipe(
    Effect.catch((problem) =>
      Effect.flatMap(
        Effect.promise(() => import("./importProblem.ts")),
        ({ importProblem }) => new CommandFailed({ message: importProblem(given, file, problem) })
      )
    )
  )
  const wrong = wrongExport(exported)
  if (wrong !== undefined) {
    return yield* new CommandFailed({
      message: `Cannot run "${given}": ${wrong.found}, expected a pipeline with a sink; ${wrong.remedy}`
    })
  }
  const name = path.basename(file).replace(/\.[cm]?[jt]sx?$/, "")
  return { file, name, plan: exported["default"] as Plan<Run> } satisfies LoadedPlan
})

/** The absolute path of a pipeline file as it was typed; fails when there is no such file. */
export const pipelineFile = (given: string): Effect.Effect<string, CommandFailed> =>
  Effect.suspend(() => {
    const file = path.resolve(given)
    const found = statsIfThere(file)
    if (found?.isFile() === true) return Effect.succeed(file)
    const problem = found === undefined ? `there is no file "${file}"` : "it is a folder"
    return new CommandFailed({
      message: `Cannot read pipeline "${given}": ${problem}, expected a TypeScript file; ${remedy(file)}`
    })
  })

const remedy = (file: string): string => {
  const folder = fs.existsSync(file) ? file : path.dirname(file)
  if (!fs.existsSync(folder)) return `check the path, or make a first one with "prefloom init <dir>"`
  const others = fs.readdirSync(folder).filter((name) => /\.m?ts$/.test(name) && !name.endsWith(".d.ts"))
  return others.length === 0
    ? `make a first one with "prefloom init <dir>"`
    : `the TypeScript files of that folder are ${others.slice(0, 12).join(", ")}`
}

const isBare = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0

const hasShape = (value: unknown, names: ReadonlyArray<string>): boolean =>
  typeof value === "object" && value !== null && names.every((name) => name in value)

const wrongExport = (
  exported: Readonly<Record<string, unknown>>
): { readonly found: string; readonly remedy: string } | undefined => {
  // Node takes a file without an import or export for a CommonJS module, whose exports are its default one.
  const isEmpty = "module.exports" in exported && isBare(exported["default"])
  const given = isEmpty ? undefined : exported["default"]
  if (hasShape(given, ["steps", "columns", "sink", "notices", "write"])) return undefined
  if (hasShape(given, ["steps", "columns", "batches"])) {
    return { found: "its default export is a pipeline that ends in nothing", remedy: "end it with .pipe(into(…))" }
  }
  const named = Object.keys(exported).filter((name) => name !== "default" && name !== "module.exports")
  if (given === undefined) {
    const found = named.length === 0 ? "it exports nothing" : "it has no default export"
    const plan = named.find((name) => hasShape(exported[name], ["steps", "columns", "sink", "write"]))
    return plan === undefined
      ? { found, remedy: "write export default in front of the pipeline" }
      : { found, remedy: `write export default ${plan}` }
  }
  if (given instanceof Promise)
    return { found: "its default export is a promise", remedy: "write export default await …" }
  const kind = typeof given === "object" ? (given === null ? "null" : "an object of another kind") : `a ${typeof given}`
  const remedyOf =
    typeof given === "function" ? "export what the function returns" : "export what using(…) or into(…) returns"
  return { found: `its default export is ${kind}`, remedy: remedyOf }
}
