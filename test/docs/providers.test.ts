import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

/** The names that a text imports, and what follows its imports. */
const split = (text: string) => ({
  names: [...text.matchAll(/^import \{ ([^}]+) \} from /gm)].flatMap(([, names]) => names!.split(", ")).toSorted(),
  rest: text.replaceAll(/^import .*\n/gm, "").trim()
})

describe("docstrings of providers", () => {
  it.each(["batch", "record", "replay"])("%s has an example that compiles", (name) => {
    const [, docstring] = /@example\n \* ```ts\n([^]*?) \* ```/.exec(read(`src/providers/${name}.ts`)) ?? []
    assert.isDefined(docstring)
    const example = docstring.replaceAll(/^ \* ?/gm, "")
    assert.match(example, /from "prefloom"/)
    assert.deepStrictEqual(split(example), split(read(`test/types/${name}Example.ts`)))
  })
})
