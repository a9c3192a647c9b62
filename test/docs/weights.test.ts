import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { materialise } from "../../src/stages/materialise.ts"
import { sample } from "../../src/stages/sample.ts"
import { treat } from "../../src/stages/treat.ts"
import { collect, pipelineOf } from "../stages/collect.ts"
import { pairFields, somePairs } from "../stages/pairs.ts"

const root = path.resolve(import.meta.dirname, "../..")
const page = fs.readFileSync(path.join(root, "src/formats/weights.md"), "utf8")
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, code]) => code!)
const [collator, use] = blocks("python")
const hasPython = spawnSync("python3", ["--version"]).status === 0

const inFolder = (run: (folder: string) => void) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-docs-"))
  try {
    run(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Stands in for torch: a tensor is a list of numbers, and the loss is all that is run. */
const torch = `
import math

class Tensor:
    def __init__(self, values): self.values = list(values)
    def _with(self, other, f):
        others = other.values if isinstance(other, Tensor) else [other] * len(self.values)
        return Tensor(f(a, b) for a, b in zip(self.values, others, strict=True))
    def __add__(self, other): return self._with(other, lambda a, b: a + b)
    def __mul__(self, other): return self._with(other, lambda a, b: a * b)
    def __rmul__(self, other): return self * other
    def __neg__(self): return self * -1
    def __rsub__(self, other): return -self + other
    def mean(self): return sum(self.values) / len(self.values)

float32 = "float32"
def tensor(values, dtype=None): return Tensor(values)
def logsigmoid(x): return Tensor(-math.log1p(math.exp(-a)) for a in x.values)
`

describe("src/formats/weights.md", () => {
  it("src/formats/weights.md shows an example that compiles", () => {
    assert.strictEqual(blocks("ts")[0], fs.readFileSync(path.join(root, "test/types/weightsExample.ts"), "utf8"))
  })

  it.effect("src/formats/weights.md names columns that stages write", () =>
    Effect.gen(function* () {
      const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!)
      assert.isAbove(named.length, 5)
      const input = pipelineOf(somePairs(8), pairFields)
      const stages = input.pipe(
        sample({ needs: {}, probability: () => 1 }),
        treat({ treatment: "softLabel" }),
        materialise({ rule: "thin" })
      )
      assert.includeMembers(Object.keys(stages.columns), named)
      const read = [...(/COLUMNS = \[(.*)\]/.exec(collator!)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name!)
      assert.sameMembers(read, ["weight", "target"])
      for (const treatment of ["softLabel", "weight"] as const) {
        const { rows } = yield* collect(input.pipe(treat({ treatment })))
        for (const row of rows as ReadonlyArray<Readonly<Record<string, unknown>>>) {
          for (const name of read) assert.isNumber(row[name], `${name} has to be there, and never null`)
        }
      }
    })
  )

  it.skipIf(!hasPython)("src/formats/weights.md has Python that compiles", () => {
    inFolder((folder) => {
      for (const [i, code] of [collator!, use!].entries()) {
        const file = path.join(folder, `example${i}.py`)
        fs.writeFileSync(file, code)
        const { status, stderr } = spawnSync("python3", ["-m", "py_compile", file], { encoding: "utf8" })
        assert.strictEqual(status, 0, stderr)
      }
    })
  })

  it.skipIf(!hasPython)("src/formats/weights.md has a loss that weighs pairs and both their directions", () => {
    inFolder((folder) => {
      const write = (file: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
        fs.writeFileSync(path.join(folder, file), text)
      }
      write("torch/__init__.py", torch)
      write("torch/nn/__init__.py", "")
      write("torch/nn/functional.py", "from torch import logsigmoid\n")
      write("trl/__init__.py", "class DPOTrainer: pass\n")
      write("trl/trainer/__init__.py", "")
      write(
        "trl/trainer/dpo_trainer.py",
        "class DataCollatorForPreference:\n    def torch_call(self, examples): return {'input_ids': len(examples)}\n"
      )
      write("example.py", collator!)
      write(
        "check.py",
        `import json
from example import WeightedCollator, weighted_loss
rows = [{"weight": 1.0, "target": 0.9, "id": "a"}, {"weight": 0.25, "target": 0.4, "id": "b"}]
batch = WeightedCollator().torch_call(rows)
from torch import Tensor
print(json.dumps([sorted(batch), weighted_loss(Tensor([2.0, -3.0]), batch["weight"], batch["target"], 0.5)]))
`
      )
      const { status, stderr, stdout } = spawnSync("python3", ["check.py"], { cwd: folder, encoding: "utf8" })
      assert.strictEqual(status, 0, stderr)
      const [names, loss] = JSON.parse(stdout) as [ReadonlyArray<string>, number]
      assert.deepStrictEqual(names, ["input_ids", "target", "weight"])
      // Cross-entropy between the target and the model's probability of the recorded order.
      const entropy = (delta: number, target: number) => {
        const p = 1 / (1 + Math.exp(-0.5 * delta))
        return -target * Math.log(p) - (1 - target) * Math.log(1 - p)
      }
      assert.closeTo(loss, (entropy(2, 0.9) + 0.25 * entropy(-3, 0.4)) / 2, 1e-12)
    })
  })

  it("src/formats/weights.md names rules and options that exist", () => {
    for (const [, options] of page.matchAll(/materialise\((\{[^)]*\})\)/g)) {
      const json = options!.replaceAll(/(\w+):/g, '"$1":')
      materialise(JSON.parse(json) as Parameters<typeof materialise>[0])
    }
    for (const [, treatment] of page.matchAll(/treat\(\{ treatment: "(\w+)" \}\)/g)) {
      treat({ treatment: treatment as "softLabel" })
      assert.include(["weight", "softLabel"], treatment)
    }
  })
})
