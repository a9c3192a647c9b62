import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { type Reject, reject, Rejects, separate } from "../src/Rejects.ts"

let folder = ""
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-rejects-"))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const entry = (stage: string, n: number, detail = `detail ${n}`): Reject => ({
  id: `r${n}`,
  stage,
  reason: `reason ${n % 3}`,
  detail
})

const numbered = (stage: string, n: number) => Array.from({ length: n }, (_, i) => entry(stage, i))

const odd = ["\ud800 lone", "日本 😀\u2028\u2029", 'line\nbreak "quoted" \\', "\u0000", "e\u0301", ""]

describe("Rejects", () => {
  it("rejects are listed by declared stage, each in the order they left", () => {
    const rejects = new Rejects(folder)
    for (const stage of ["a", "b", "c"]) rejects.declare(stage)
    for (const stage of ["c", "late", "a", "c", "a"]) rejects.add(entry(stage, rejects.counts(stage).size))
    assert.deepStrictEqual(
      [...rejects.entries()].map(({ stage, id }) => `${stage} ${id}`),
      ["a r0", "a r1", "c r0", "c r1", "late r0"]
    )
  })

  it.each([4095, 4096, 4097, 9000])("rejects keep %i rows of two stages, in order, with their counts", (n) => {
    const rejects = new Rejects(path.join(folder, "made", "later"))
    rejects.declare("a")
    rejects.declare("b")
    for (let i = 0; i < n; i++) {
      rejects.add(entry("b", i))
      if (i % 2 === 0) rejects.add(entry("a", i))
    }
    const expected = [...numbered("a", n).filter((_, i) => i % 2 === 0), ...numbered("b", n)]
    assert.deepStrictEqual([...rejects.entries()], expected)
    assert.deepStrictEqual([...rejects.entries()], expected, "a second listing")
    const third = (k: number) => Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 === k).length
    assert.deepStrictEqual(
      [...rejects.counts("b")],
      [0, 1, 2].map((k) => [`reason ${k}`, third(k)])
    )
  })

  it("rejects beyond 4,096 are on disk, not in memory", () => {
    const rejects = new Rejects(folder)
    for (const one of numbered("a", 4095)) rejects.add(one)
    assert.deepStrictEqual(fs.readdirSync(folder), [])
    for (const one of numbered("b", 10_000)) rejects.add(one)
    const files = fs.readdirSync(folder)
    assert.strictEqual(files.length, 1)
    assert.strictEqual(fs.readFileSync(path.join(folder, files[0]!), "utf8").split("\n").length - 1, 8192)
  })

  it("rejects keep every text as it was, on disk too", () => {
    const rejects = new Rejects(folder)
    const expected = Array.from({ length: 5000 }, (_, i) => entry("stage/../ü \n", i, odd[i % odd.length]))
    for (const one of expected) rejects.add(one)
    assert.deepStrictEqual([...rejects.entries()], expected)
  })

  it("rejects longer than the read buffer come back whole", () => {
    const rejects = new Rejects(folder)
    const expected = Array.from({ length: 4100 }, (_, i) =>
      entry("a", i, i % 1000 === 0 ? "日".repeat(600_000) : "short")
    )
    for (const one of expected) rejects.add(one)
    assert.deepStrictEqual([...rejects.entries()], expected)
  })

  it("rejects of another run in the same folder are not mixed in", () => {
    for (const run of ["first", "second"]) {
      const rejects = new Rejects(folder)
      const expected = Array.from({ length: 5000 }, (_, i) => entry("a", i, run))
      for (const one of expected) rejects.add(one)
      assert.deepStrictEqual([...rejects.entries()], expected)
    }
  })
})

describe("separate", () => {
  it("separate keeps the order of what was made and of what was rejected", () => {
    const results = [1, reject("no", "a"), 2, 3, reject("no"), reject("never", "b")]
    const { kept, rejections } = separate(results)
    assert.deepStrictEqual(kept, [1, 2, 3])
    assert.deepStrictEqual(
      rejections.map(({ reason, detail }) => `${reason} ${detail}`),
      ["no a", "no ", "never b"]
    )
  })
})
