import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

describe("README.md", () => {
  const readme = read("README.md")

  it("shows the quick start as it is", () => {
    const quickstart = read("pipelines/quickstart.ts")
    assert.include(readme, quickstart.slice(quickstart.indexOf("export default")).trim())
  })

  it.each(["readmeExample", "formulaExample"])("shows %s, which compiles", (name) => {
    assert.include(readme, read(`test/types/${name}.ts`).trim())
  })

  it("shows a formula that runs", async () => {
    const { labelProb, reliability } = await import("../types/formulaExample.ts")
    assert.lengthOf(labelProb, 6)
    for (const share of reliability) assert.isTrue(share >= 0 && share <= 1)
  })

  it("names scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> }
    const named = [...`${readme}\n${read("CONTRIBUTING.md")}`.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)
    assert.isAbove(named.length, 2)
    for (const name of named) assert.property(scripts, name)
  })

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link!)
    assert.isAbove(links.length, 4)
    for (const link of links) assert.isTrue(fs.existsSync(path.join(root, link)), link)
  })
})
