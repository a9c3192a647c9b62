import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as prefloom from "../../src/index.ts"

const root = path.join(import.meta.dirname, "../..")
const textOf = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

/** Stages that one recipe alone uses, and why each of them may stay. */
const usedByOne: Readonly<Record<string, string>> = {
  clean: "RE-PO is the estimate itself; no other of the methods asks how reliable its annotators are",
  pairContexts:
    "SCPO alone pairs what stands in front of a response, over several rows, which no rule for one group can say",
  pairOfPairs: "DPO-PoP alone compares preferences; pairs of pairs are its unit",
  pairStrengths:
    "DPO-PoP alone infers margins from ordinal labels, and no other record holds what they are inferred from",
  sample: "MetaAPO alone draws rows with a probability of their own that training has to know"
}
const mostUsedByOne = 5

/** Stages that no recipe uses: what a method takes from outside, or what is done with any method's data. */
const usedByNone: Readonly<Record<string, string>> = {
  cleanPairs:
    "labels of pairs that exist, with a column of annotators and evidence; the recipes make theirs and clean the groups",
  compareGaps: "labels pairs of pairs by a judge; DPO-PoP's own experiments take the gaps of ratings",
  dedupe: "leaves copies out of any source",
  "embed.gaps": "evidence for `flag` from embeddings, which PrefCleanBench has no rule for",
  "examples.candidates":
    "the best or the good answers of a group for fine-tuning; the recipes that fine-tune do it on the chosen side of their pairs",
  identify: "gives ids to a source that has none; the inputs of the recipes have them",
  importGaps: "takes over rewards that a trainer wrote; the recipes ask for theirs",
  "judge.prompts": "the judged difficulty of Select2Reason, one of the shorter systems without a recipe of its own",
  materialise: "weights as repeated rows, for trainers that read none",
  prefCleanBench: "`flag` and `treat` under the benchmark's thirteen names; its recipe spells them out",
  "score.gaps": "rewards as gaps; the gaps of PrefCleanBench are those of log-probabilities",
  splitByTime: "the time steps of ProgressGym, one of the shorter systems",
  spreadVariants: "goes with `varyPrompt`",
  suffixes:
    "moves what both sides begin with into the prompt, for trainers that read no weights; the one recipe that leaves it out of the loss does so by `spanWeights`",
  varyPrompt: "varied and simplified prompts of CLPO, one of the shorter systems"
}

/** What is exported beside stages and is none: helpers for stages of one's own, and values that options take. */
const noStages = new Set(["askForRow", "keepsSchema", "seaPoErrorTypes", "spanId"])

const exported = new Map<string, unknown>(Object.entries(prefloom))

/** Public stages by the names under which recipes call them, from the exports of `src/stages`; combinators count as stages. */
const stages: ReadonlyArray<string> = [
  ...textOf("src/index.ts").matchAll(/export \{([^}]*)\} from "\.\/(?:stages\/\w+|rounds)\.ts"/g)
]
  .flatMap(([, names]) => names!.split(",").map((name) => name.trim()))
  .filter((name) => /^[a-z]\w*$/.test(name) && !noStages.has(name))
  .flatMap((name) => {
    const value = exported.get(name)
    return typeof value === "function" ? [name] : Object.keys(value as object).map((member) => `${name}.${member}`)
  })

/** The code of a recipe: no comments, no strings, no imports. */
const codeOf = (source: string) =>
  source
    .replaceAll(/\/\*[^]*?\*\/|^import [^]*?from "[^"]*"$/gm, "")
    .replaceAll(/"(?:\\.|[^"\\\n])*"|(?<!:)\/\/[^\n]*/g, '""')

/** What a recipe imports of the package, by the names it has there. */
const importedBy = (source: string) =>
  new Map(
    [...source.matchAll(/^import \{([^}]*)\} from "prefloom"$/gm)].flatMap(([, names]) =>
      names!.split(",").flatMap((one) => {
        const [, name, alias = name] = /^\s*(\w+)(?: as (\w+))?\s*$/.exec(one) ?? []
        return name === undefined ? [] : [[name, alias!] as const]
      })
    )
  )

const recipes = fs
  .readdirSync(path.join(root, "pipelines"))
  .filter((file) => file.endsWith(".ts") && file !== "quickstart.ts")
  .map((file) => ({ name: path.basename(file, ".ts"), source: textOf(`pipelines/${file}`) }))

/** The recipes that call a stage, by its public name. */
const usersOf = (stage: string): ReadonlyArray<string> => {
  const [name, member] = stage.split(".")
  return recipes
    .filter(({ source }) => {
      const local = importedBy(source).get(name!)
      const called = member === undefined ? local : `${local}\\.${member}`
      return local !== undefined && new RegExp(`(?<![\\w.])${called}\\b`).test(codeOf(source))
    })
    .map((recipe) => recipe.name)
}

const users = new Map(stages.map((stage) => [stage, usersOf(stage)]))
const usedBy = (n: number) => stages.filter((stage) => users.get(stage)!.length === n).toSorted()

describe("primitives", () => {
  it("primitives: the recipes are the 29 systems, each in at most 80 lines", () => {
    assert.strictEqual(recipes.length, 29)
    const long = recipes.filter(({ source }) => source.trimEnd().split("\n").length > 80)
    assert.deepStrictEqual(
      long.map(({ name }) => name),
      []
    )
  })

  it("primitives: five stages at most are used by one recipe alone, and each has a reason", () => {
    assert.deepStrictEqual(usedBy(1), Object.keys(usedByOne).toSorted())
    assert.isAtMost(usedBy(1).length, mostUsedByOne)
  })

  it("primitives: a stage that no recipe uses has a reason", () => {
    assert.deepStrictEqual(usedBy(0), Object.keys(usedByNone).toSorted())
  })

  it("primitives: the count finds stages as recipes call them, and nothing that only looks like one", () => {
    const source =
      '/** take(3) */\nimport { score, type Take, take as first } from "prefloom"\nconst split = 1 // join(\n'
    assert.deepStrictEqual(
      [...importedBy(source)],
      [
        ["score", "score"],
        ["take", "first"]
      ]
    )
    assert.notMatch(codeOf(`${source}"merge("`), /take|join|merge/)
    // Known by reading them: who calls these is in their head comments.
    assert.deepStrictEqual(users.get("rankedList"), ["aft", "ordMoe"])
    assert.deepStrictEqual(users.get("rolePlay"), ["pedagogicalAlignment", "rlhs"])
    assert.deepStrictEqual(users.get("judge.pairs"), ["anyprefer", "prefCleanBench"])
    assert.notInclude(users.get("split")!, "aceSearcher")
    assert.isAbove(users.get("pair")!.length, 15)
  })
})
