import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

describe("the gallery of recipes", () => {
  it("is what `npm run gallery` writes", () => {
    const page = execFileSync(
      process.execPath,
      ["--conditions=@prefloom/source", path.join(import.meta.dirname, "gallery.ts"), "--stdout"],
      { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 }
    )
    const written = fs.readFileSync(path.join(root, "pipelines/README.md"), "utf8")
    assert.isTrue(written === page, "pipelines/README.md is out of date: run `npm run gallery`")
  })

  it("has a section, a diagram and a command for every recipe", () => {
    const page = fs.readFileSync(path.join(root, "pipelines/README.md"), "utf8")
    const sections = page.split(/^## /m).slice(1)
    const files = fs.readdirSync(path.join(root, "pipelines")).filter((file) => file.endsWith(".ts"))
    const recipes = files.filter((file) => file !== "quickstart.ts")
    const named = sections.flatMap((section) => /npx prefloom run pipelines\/(\S+)/.exec(section)?.[1] ?? [])
    assert.deepStrictEqual(named.toSorted(), recipes.toSorted())
    for (const section of sections) assert.match(section, /```mermaid\nflowchart TD\n[^`]*sink\n```/)
    for (const [, anchor] of page.matchAll(/^\| \[[^\]]+\]\(#(.*?)\) \|/gm)) {
      const titles = sections.map((section) => section.split("\n")[0]!)
      const anchors = titles.map((title) =>
        title
          .toLowerCase()
          .replaceAll(" ", "-")
          .replace(/[^\p{L}\p{M}\p{Nd}_-]/gu, "")
      )
      assert.include(anchors, anchor!)
    }
  })
})
