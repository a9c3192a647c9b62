import { afterAll, assert, describe, it } from "@effect/vitest"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const source = `import * as Schema from "effect/Schema"
import { enrich, memory } from "prefloom"
const source = memory([{ id: "a" }], { id: Schema.String })
`

const cases: ReadonlyArray<{
  readonly name: string
  readonly text: string
  readonly expected: ReadonlyArray<string>
}> = [
  {
    name: "wiring",
    text: `${source}
const score = enrich({
  name: "score",
  needs: { text: Schema.String },
  gives: { length: Schema.Int },
  rows: (rows) => rows.map(({ text }) => ({ length: text.length }))
})
export default (source as any).pipe(score)
`,
    expected: ['Cannot put stage "score" after memory: column "text" is missing, expected string', "at wiring.ts:11:32"]
  },
  {
    name: "column",
    text: `${source}export default memory([], { note: Schema.optionalKey(Schema.String) })\n`,
    expected: ['Cannot make a column of "note"', "at column.ts:4:16"]
  },
  { name: "sinkless", text: `${source}export default source\n`, expected: ["ends in nothing", "into("] },
  {
    name: "unexported",
    text: "export const plan = 1\n",
    expected: ['Cannot run "unexported.ts": it has no default export, expected a pipeline with a sink']
  },
  {
    name: "empty",
    text: "",
    expected: ['Cannot run "empty.ts": it exports nothing, expected a pipeline with a sink; write export default']
  },
  {
    name: "promise",
    text: "export default Promise.resolve(1)\n",
    expected: ["its default export is a promise", "export default await"]
  },
  {
    name: "provider-name",
    text: `${source}import { using } from "prefloom"\nexport default using("gpt-5" as never)(source as never)\n`,
    expected: [
      'Cannot use a provider: found the text "gpt-5", expected what a provider returns, such as using(openai(',
      "at provider-name.ts:5:16"
    ]
  },
  {
    name: "provider-function",
    text: `${source}import { simulated, using } from "prefloom"\nexport default using(simulated as never)(source as never)\n`,
    expected: ["Cannot use a provider: found the function simulated, expected", "at provider-function.ts:5:16"]
  },
  {
    name: "no-sink",
    text: `${source}import { into } from "prefloom"\nexport default source.pipe(into({ name: "x" } as never))\n`,
    expected: ["Cannot end the pipeline: found an object with name, expected a sink", "at no-sink.ts:5:23"]
  },
  { name: "function", text: "export default () => 1\n", expected: ["its default export is a function"] },
  {
    name: "enum",
    text: "enum Kind { A }\nexport default Kind.A\n",
    expected: ["enum cannot be stripped", "union of literals", "at enum.ts:1"]
  },
  { name: "syntax", text: "const a = 1\nconst b = = 2\n", expected: ["expression expected", "at syntax.ts:2"] },
  {
    name: "misspelt",
    text: 'import { generat } from "prefloom"\nexport default generat\n',
    expected: ["'prefloom' does not provide an export named 'generat'", "at misspelt.ts:1"]
  },
  {
    name: "package",
    text: 'import x from "@nowhere/at-all/deep"\nexport default x\n',
    expected: ["cannot find package '@nowhere/at-all'", "npm install @nowhere/at-all"]
  },
  {
    name: "extension",
    text: 'import x from "./sinkless"\nexport default x\n',
    expected: ["cannot find module", 'write "sinkless.ts"']
  },
  {
    name: "subpath",
    text: 'import x from "prefloom/stages/generate"\nexport default x\n',
    expected: ["package subpath './stages/generate' does not exist", "prefloom/schemas/"]
  },
  {
    name: "throwing",
    text: 'throw new TypeError("red \\u001b[31malert\\u202e")\n',
    expected: ["it threw TypeError: red \\x1b[31malert\\u202e", "at throwing.ts:1:7"]
  }
]

const { folder, remove } = temporaryFolder({
  ...Object.fromEntries(cases.map(({ name, text }) => [`${name}.ts`, text])),
  "common/package.json": '{ "type": "commonjs" }',
  "common/file.ts": 'import * as Effect from "effect/Effect"\nexport default Effect.void\n'
})
afterAll(remove)

describe("loadPlan", () => {
  for (const { name, expected } of cases) {
    it.concurrent(`explains ${name}.ts and exits with 1, without a stack trace`, async () => {
      const { code, stdout, stderr } = await runPrefloom(["describe", `${name}.ts`, "--json"], { cwd: folder })
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      for (const part of expected) assert.include(stderr, part)
      assert.notInclude(stderr, "node_modules")
      assert.notInclude(stderr, "src/cli")
      assert.isAtMost(stderr.trim().split("\n").length, 2)
    })
  }

  it.concurrent("names the files of the folder when there is no such file", async () => {
    const { code, stdout, stderr } = await runPrefloom(["run", "enumm.ts"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /^Error: Cannot read pipeline "enumm\.ts": there is no file .*enum\.ts/)
  })

  it.concurrent.each(["run", "describe", "check"])(
    "prefloom %s takes a name that is too long for no file",
    async (command) => {
      const { code, stderr } = await runPrefloom([command, "x".repeat(300)], { cwd: folder })
      assert.strictEqual(code, 1)
      assert.match(stderr, /^Error: Cannot read pipeline "x+": there is no file /)
    }
  )

  it.concurrent("says what to do about a CommonJS folder", async () => {
    const { code, stderr } = await runPrefloom(["run", "common/file.ts"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.include(stderr, 'set "type": "module"')
    assert.notInclude(stderr, "Warning")
  })
})
