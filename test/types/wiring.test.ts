import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { bestWorst, clean, generate, judge, memory, pair, Pipeline, Prompt } from "prefloom"

const root = path.join(import.meta.dirname, "../..")

/** Compiles one fixture as a user's editor would, with the options of the project. */
const compile = (fixture: string) => {
  const project = path.join(import.meta.dirname, "fixtures", `${fixture}.json`)
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json")
  const { bin } = JSON.parse(fs.readFileSync(compiler, "utf8")) as { readonly bin: { readonly tsc: string } }
  const script = path.join(path.dirname(compiler), bin.tsc)
  const { status, stdout } = childProcess.spawnSync(process.execPath, [script, "--pretty", "false", "-p", project], {
    cwd: root,
    encoding: "utf8"
  })
  return { status, text: stdout }
}

describe("wiring", () => {
  it("wiring does not compile when clean comes before judge, and the message names the column", () => {
    const { status, text } = compile("cleanBeforeJudge")
    assert.notStrictEqual(status, 0)
    assert.match(text, /^test\/types\/fixtures\/cleanBeforeJudge\.ts\(6,3\): error TS2345/)
    assert.match(text, /Property 'judgments' is missing in type/)
    assert.strictEqual(text.match(/error TS/g)?.length, 1)
  })

  it("wiring compiles when judge comes before clean", () => {
    assert.deepStrictEqual(compile("judgeBeforeClean"), { status: 0, text: "" })
  })

  it("wiring is refused when the pipeline is built, where nothing was compiled", () => {
    const candidates = memory([], Prompt).pipe(generate({ n: 2 }))
    const unchecked = clean({ evidence: ["scorer"] }) as (pipeline: unknown) => unknown
    assert.throws(
      () => unchecked(candidates),
      Pipeline.WiringError,
      'Cannot put stage "clean" after memory → generate: column "judgments" is missing, expected list of {annotator: string, '
    )
    const judged = candidates.pipe(judge.compare({ annotators: ["ada"] }))
    assert.doesNotThrow(() => judged.pipe(clean({ evidence: ["scorer"] }), pair({ rules: [bestWorst()] })))
  })
})
