import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CommandFailed } from "./CommandFailed.ts"
import { printable } from "./printable.ts"
import { printResult } from "./StandardOutput.ts"

/** `prefloom init`: writes a new project with one pipeline that runs without a key. */
export const init = Command.make(
  "init",
  {
    dir: Argument.String("dir").pipe(
      Argument.withDescription("Folder of the new project; made when absent, else empty")
    )
  },
  Effect.fnUntraced(function* ({ dir }) {
    const [fs, path, { ensureFolder }, { firstProject }] = yield* Effect.promise(() =>
      Promise.all([import("node:fs"), import("node:path"), import("../ensureFolder.ts"), import("./firstProject.ts")])
    )
    const root = path.resolve(dir)
    const cannot = (cause: unknown) =>
      new CommandFailed({
        message: `Cannot start a project in "${dir}": ${cause instanceof Error ? cause.message : String(cause)}; check the path, the permissions and the free space`
      })
    const stats = yield* Effect.try({ try: () => fs.statSync(root, { throwIfNoEntry: false }), catch: cannot })
    if (stats !== undefined && !stats.isDirectory()) {
      return yield* new CommandFailed({
        message: `Cannot start a project in "${dir}": it is a file, expected a folder`
      })
    }
    const names = stats === undefined ? [] : yield* Effect.try({ try: () => fs.readdirSync(root), catch: cannot })
    const found = names.filter((name) => name !== ".git")
    if (found.length > 0) {
      return yield* new CommandFailed({
        message: `Cannot start a project in "${dir}": found ${found.slice(0, 5).join(", ")}${found.length > 5 ? ", …" : ""}, expected an empty folder; name a new one`
      })
    }
    const files = firstProject(path.basename(root))
    yield* Effect.try({
      try: () => {
        for (const [name, content] of Object.entries(files)) {
          const file = path.join(root, name)
          ensureFolder(path.dirname(file))
          fs.writeFileSync(file, content, { flag: "wx" })
        }
      },
      catch: cannot
    })
    const enter = root === process.cwd() ? "" : `cd ${/^[\w./-]+$/.test(dir) ? dir : `"${printable(dir)}"`} && `
    return yield* printResult(
      [
        ...Object.keys(files).map((name) => `wrote ${name}`),
        "",
        "Next:",
        `  ${enter}npm install && npx prefloom run pipelines/first.ts`
      ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    `Start a project.

  Writes package.json, tsconfig.json, a pipeline, a few prompts, a README and .gitignore. The pipeline runs at once: it asks
  a simulated model that needs no key and no network.`
  ),
  Command.withShortDescription("Start a project with a pipeline that runs"),
  Command.withExamples([
    { command: "prefloom init my-data", description: "In a new folder" },
    { command: "prefloom init .", description: "Here, where nothing is yet" }
  ])
)
