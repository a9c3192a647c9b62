import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Judging from "../../src/stages/Judging.ts"
import { ratingOf } from "./candidates.ts"

const make = (options: Partial<Judging.JudgingOptions> & { readonly critique?: boolean }) =>
  Judging.make("s", { annotators: ["a", "b"], ...options }, "usual")

const axes = [
  { axis: "x", rubric: "x-ness" },
  { axis: "y", rubric: "not y", negated: true }
]

describe("Judging", () => {
  it("Judging.make fills in one usual axis, asked once at temperature 0", () => {
    const judging = make({})
    assert.deepStrictEqual(judging.axes, [{ axis: "overall", rubric: "usual", negated: false, evidence: undefined }])
    assert.deepStrictEqual([judging.samples, judging.temperature, judging.maxTokens], [1, 0, 64])
    assert.deepStrictEqual([make({ samples: 3 }).temperature, make({ critique: true }).maxTokens], [1, 512])
    assert.deepStrictEqual(
      [Judging.callsOf(judging, "things"), Judging.callsOf(make({ samples: 3, axes }), "things")],
      ["2 × things", "2 × 2 × 3 × things"]
    )
  })

  it("Judging.make lets an axis have evidence of its own in place of the stage's", () => {
    const judging = Judging.make(
      "s",
      {
        annotators: ["a"],
        slots: { now: Schema.String, later: Schema.String },
        evidence: "now",
        axes: [axes[0]!, { ...axes[1]!, evidence: "later" }]
      },
      "usual"
    )
    assert.deepStrictEqual(
      judging.axes.map(({ evidence, negated }) => [evidence, negated]),
      [
        ["now", false],
        ["later", true]
      ]
    )
  })

  it("Judging.make refuses axes that cannot be filed and samples that cannot differ", () => {
    assert.throws(() => make({ axes: [] }), /"s": found no axis/)
    assert.throws(() => make({ axes: [axes[0]!, axes[0]!] }), /the axis "x" twice/)
    assert.throws(() => make({ axes, axis: "z" }), /axes beside an axis or a rubric/)
    assert.throws(() => make({ axes, rubric: "z" }), /axes beside an axis or a rubric/)
    for (const samples of [0, 1.5]) assert.throws(() => make({ samples }), `found samples ${samples}`)
    assert.throws(() => make({ samples: 2, temperature: 0 }), /2 samples at temperature 0/)
    assert.throws(() => make({ annotators: ["a", "a"] }), /"a" twice/)
    assert.throws(() => make({ axes: [{ ...axes[0]!, evidence: "fact" as never }] }), /found the evidence "fact"/)
  })

  it("Judging.questionsOf asks for the samples that are not there yet, by annotator, axis and thing", () => {
    const things = ["1", "2"].map((firstId) => ({ firstId, secondId: null }))
    const judgments = [
      { ...ratingOf("a", "1", 3), axis: "x" },
      { ...ratingOf("a", "2", 3), axis: "x" },
      { ...ratingOf("a", "2", null), axis: "x" },
      { ...ratingOf("a", "1", 3), axis: "z" },
      { ...ratingOf("b", "1", 3), axis: "y", secondId: "2" }
    ]
    const questions = Judging.questionsOf(make({ samples: 2, axes }), { id: "r", judgments }, 0, things)
    assert.deepStrictEqual(
      questions.map(({ annotator, axis, sample, thing }) => `${annotator.name}${axis.axis}${thing.firstId} ${sample}`),
      ["ax1 1", ...["ay", "bx", "by"].flatMap((who) => ["1 0", "1 1", "2 0", "2 1"].map((rest) => who + rest))]
    )
  })

  it("Judging.requestOf raises sample index and seed together", () => {
    const judging = make({ samples: 3 })
    const question = { annotator: judging.annotators[0]!, sample: 2 }
    const task = { kind: "tag", prompt: "p", vocabulary: null } as const
    const { sampleIndex, seed, temperature } = Judging.requestOf(judging, question, 40, task, "text")
    assert.deepStrictEqual([sampleIndex, seed, temperature], [2, 42, 1])
  })

  it("Judging.told mentions evidence only where there is some, and leaves out blocks without text", () => {
    assert.strictEqual(
      Judging.told(
        ["Do."],
        [
          ["question", "q"],
          ["evidence", null]
        ]
      ),
      "Do.\n\n<question>\nq\n</question>"
    )
    assert.strictEqual(
      Judging.told(["Do."], [["evidence", "e"]]),
      "Do.\nTake the evidence into account.\n\n<evidence>\ne\n</evidence>"
    )
  })
})
