import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.join(import.meta.dirname, "../..")
const fixture = "test/types/fixtures/seaPoToAft"

/** The recipe a line of the fixture belongs to. */
const recipeAt = (line: number): string =>
  fs
    .readFileSync(path.join(root, `${fixture}.ts`), "utf8")
    .split("\n")
    .slice(0, line)
    .flatMap((text) => /^export const (\w+)/.exec(text)?.[1] ?? [])
    .at(-1)!

/** What the compiler finds missing, by recipe. */
const missingByRecipe = (): ReadonlyMap<string, string> => {
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json")
  const { bin } = JSON.parse(fs.readFileSync(compiler, "utf8")) as { readonly bin: { readonly tsc: string } }
  const script = path.join(path.dirname(compiler), bin.tsc)
  const options = ["--pretty", "false", "--noErrorTruncation", "-p", `${fixture}.json`]
  const { stdout } = childProcess.spawnSync(process.execPath, [script, ...options], { cwd: root, encoding: "utf8" })
  return new Map(
    stdout.split(/^(?=\S+\.ts\(\d+)/m).map((problem) => {
      const line = Number(/^\S+\((\d+),/.exec(problem)?.[1])
      const one = /Property '(\w+)' is missing in type/.exec(problem)?.[1]
      const several = /is missing the following properties from type .*: ([\w, ]+)$/m.exec(problem)?.[1]
      return [recipeAt(line), one ?? several ?? problem]
    })
  )
}

describe("swapped stages", () => {
  it(
    "swapped stages of a recipe do not compile, and the message names the column that is missing",
    { timeout: 60_000 },
    () => {
      assert.deepStrictEqual(Object.fromEntries(missingByRecipe()), {
        seaPo: "judgments",
        rePo: "judgments",
        rePoTreated: "labelProb",
        cleaned: "infChosen, infRejected",
        dpoPop: "margin",
        mnpo: "chosen, rejected",
        haNoRec: "chosen, rejected",
        scpo: "chosenGivenPrompt",
        ordMoe: "judgments",
        aft: "candidates"
      })
    }
  )
})
