import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "../..")

/** The columns that the compiler finds missing in a fixture of wrong pipelines, by the name each is exported under; else what it says. */
export const missingColumns = (name: string): Readonly<Record<string, string>> => {
  const fixture = `test/types/fixtures/${name}`
  const lines = fs.readFileSync(path.join(root, `${fixture}.ts`), "utf8").split("\n")
  const exportedAt = (line: number) =>
    lines
      .slice(0, line)
      .flatMap((text) => /^export const (\w+)/.exec(text)?.[1] ?? [])
      .at(-1)!
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json")
  const { bin } = JSON.parse(fs.readFileSync(compiler, "utf8")) as { readonly bin: { readonly tsc: string } }
  const script = path.join(path.dirname(compiler), bin.tsc)
  const options = ["--pretty", "false", "--noErrorTruncation", "-p", `${fixture}.json`]
  const { stdout } = childProcess.spawnSync(process.execPath, [script, ...options], { cwd: root, encoding: "utf8" })
  return Object.fromEntries(
    stdout.split(/^(?=\S+\.ts\(\d+)/m).map((problem) => {
      const line = Number(/^\S+\((\d+),/.exec(problem)?.[1])
      const one = /Property '(\w+)' is missing in type/.exec(problem)?.[1]
      const several = /is missing the following properties from type .*: ([\w, ]+)$/m.exec(problem)?.[1]
      return [exportedAt(line), one ?? several ?? problem]
    })
  )
}
