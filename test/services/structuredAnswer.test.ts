import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { answerSchema, structuredAnswer } from "../../src/services/structuredAnswer.ts"

const Score = Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 10 }))
const Shape = Schema.Struct({ score: Score, kind: Schema.Literals(["a", "b"]) })
const read = structuredAnswer(Shape)

const problemOf = (text: string): string => {
  const answer = read(text)
  assert.isFalse(answer.ok, text)
  return answer.ok ? "" : answer.problem
}

describe("structuredAnswer", () => {
  const value = { score: 7, kind: "a" } as const
  const json = '{"score": 7, "kind": "a"}'
  const readable: Readonly<Record<string, string>> = {
    "bare JSON": json,
    "white space": ' \n{"kind":"a",\r\n\t"score":7}\n',
    "a code fence": `\`\`\`json\n${json}\n\`\`\``,
    "a code fence in prose": `Here you go:\n\`\`\`\n${json}\n\`\`\`\nI hope it helps.`,
    prose: `I would say ${json}, all in all.`,
    "trailing commas": '{"score": 7, "kind": "a",}',
    "more keys than asked for": '{"why": "it is {good}", "score": 7, "kind": "a"}',
    "thoughts in front": `<think>A 3? {"score": 3, "kind": "a"} No.</think>${json}`,
    "the same answer twice": `${json}\nSo: {"kind": "a", "score": 7.0}`,
    "JSON of other shapes beside it": `As [1] says of {x}, ${json}`
  }
  for (const [name, text] of Object.entries(readable)) {
    it(`structuredAnswer reads through ${name}`, () => assert.deepStrictEqual(read(text), { ok: true, value }))
  }

  const problems: ReadonlyArray<readonly [text: string, problem: string]> = [
    ["", 'found "", expected JSON'],
    ["I give it 7, kind a", 'found "I give it 7, kind a", expected JSON'],
    ["{score: 7, kind: a}", 'found "{score: 7, kind: a}", expected JSON'],
    ["7", 'found "7", expected JSON'],
    ["null", 'found "null", expected JSON'],
    ["[7]", "found an array, expected object"],
    ["{}", 'at "score": found nothing, expected this key; at "kind": found nothing, expected this key'],
    ['{"score": "7", "kind": "a"}', 'at "score": found "7", expected number'],
    ['{"score": 11, "kind": "a"}', 'at "score": found 11, expected a value between 1 and 10'],
    ['{"score": null, "kind": "a"}', 'at "score": found null, expected number'],
    [
      '{"score": {}, "kind": []}',
      'at "score": found an object, expected number; at "kind": found an array, expected "a" | "b"'
    ],
    ['{"score": 7, "kind": "c"}', 'at "kind": found "c", expected "a" | "b"'],
    ['{"score": 7, "kind": "a"', String.raw`the text ends inside the JSON: "{\"score\": 7, \"kind\": \"a\""`],
    [
      '{"score": 1, "kind": "a", "score": 10}',
      String.raw`an object names a key twice: "{\"score\": 1, \"kind\": \"a\", \"score\": 10}"`
    ],
    ['{"score": 7, kind: "a"}', String.raw`this is not valid JSON: "{\"score\": 7, kind: \"a\"}"`],
    [`{"answer": ${json}}`, 'at "score": found nothing, expected this key; at "kind": found nothing, expected this key']
  ]
  for (const [text, problem] of problems) {
    it(`structuredAnswer says of ${text}: ${problem}`, () => assert.strictEqual(problemOf(text), problem))
  }

  it("structuredAnswer chooses neither of two answers that differ", () => {
    assert.match(
      problemOf(`${json} or ${json.replace("7", "8")}`),
      /^found 2 answers that differ in ".*", expected one$/
    )
  })

  it("structuredAnswer names places inside lists, and the first three of many", () => {
    const Ratings = Schema.Struct({ ratings: Schema.Array(Schema.Struct({ score: Score })) })
    const answer = structuredAnswer(Ratings)(
      '{"ratings": [{"score": 1}, {"score": 0}, {"score": 0}, {"score": 0}, {}]}'
    )
    assert.deepStrictEqual(answer, {
      ok: false,
      problem: `${[1, 2, 3]
        .map((i) => `at "ratings"[${i}]."score": found 0, expected a value between 1 and 10`)
        .join("; ")}; and 1 more`
    })
  })

  it("structuredAnswer quotes little of a long answer, and nothing that acts on a terminal or turns the text", () => {
    for (const part of ["x", "\u001b[31m", "\u009b2J", "\u202e", "\u{e0041}", "\ud83d", "😀", "<b>", "\n", "\u2028"]) {
      for (const text of [part.repeat(3000), `{"score": ${JSON.stringify(part.repeat(3000))}, "kind": "a"}`]) {
        const problem = problemOf(text)
        assert.isAtMost(problem.length, 600)
        assert.isTrue(problem.isWellFormed())
        assert.notMatch(problem, /[\p{Cc}\p{Cf}\u2028\u2029]/u)
      }
    }
    const quoted = /^found (".*"), expected JSON$/.exec(problemOf("a\u001b\u202e\n\u{e0041}b"))![1]!
    assert.strictEqual(JSON.parse(quoted), "a\u001b\u202e\n\u{e0041}b")
  })

  /** What a text says by the plainest reading: every part of it that is JSON and fits. */
  const everyFit = (text: string): ReadonlyArray<string> => {
    const fits = new Set<string>()
    for (let from = text.indexOf("{"); from >= 0; from = text.indexOf("{", from + 1)) {
      for (let to = text.indexOf("}", from); to >= 0; to = text.indexOf("}", to + 1)) {
        try {
          const { kind, score } = JSON.parse(text.slice(from, to + 1)) as Readonly<Record<string, unknown>>
          if (typeof score === "number" && score >= 1 && score <= 10 && (kind === "a" || kind === "b")) {
            fits.add(`${score} ${kind}`)
          }
        } catch {
          continue
        }
      }
    }
    return [...fits]
  }

  it("structuredAnswer takes from junk only what stands there once", () => {
    const fragments = [
      '{"score": 7, "kind": "a"}',
      '{"score": 1',
      '0, "kind": "b"}',
      "{",
      "}",
      "[",
      "]",
      '"',
      ":",
      ", "
    ].concat(['"score": ', '"kind": "a"', "7", "x", "\\", "```", " or ", "{x}", '{"kind":"b","score":2}'])
    const random = keyedRandom("junk")
    let nRead = 0
    let nAmbiguous = 0
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from(
        { length: 1 + Math.floor(7 * random()) },
        () => fragments[Math.floor(fragments.length * random())]!
      ).join("")
      const answer = read(text)
      const fits = everyFit(text)
      if (answer.ok) {
        nRead++
        assert.deepStrictEqual(fits, [`${answer.value.score} ${answer.value.kind}`], text)
      } else if (fits.length > 1) nAmbiguous++
    }
    assert.isAbove(nRead, 1000)
    assert.isAbove(nAmbiguous, 100)
  })
})

describe("answerSchema", () => {
  it("answerSchema closes every object and requires every key, as strict servers want it", () => {
    const nested = Schema.Struct({ list: Schema.Array(Shape), maybe: Schema.NullOr(Schema.Struct({ n: Schema.Int })) })
    const objects: Array<Readonly<Record<string, unknown>>> = []
    const visit = (node: unknown): void => {
      if (node === null || typeof node !== "object") return
      const record: Readonly<Record<string, unknown>> = { ...node }
      if (record["type"] === "object") objects.push(record)
      Object.values(record).forEach(visit)
    }
    visit(answerSchema(nested))
    assert.strictEqual(objects.length, 3)
    for (const object of objects) {
      assert.strictEqual(object["additionalProperties"], false)
      assert.deepStrictEqual(object["required"], Object.keys(object["properties"] as object))
    }
  })

  it("answerSchema refuses what strict servers refuse, or would take for something else, and says what to write", () => {
    const Inner = Schema.Struct({ b: Schema.optionalKey(Schema.String) })
    const refused: ReadonlyArray<readonly [schema: Schema.Top, problem: RegExp]> = [
      [Schema.Struct({ a: Schema.optionalKey(Schema.String) }), /found the key "a", which may be missing, .*NullOr/],
      [Schema.Struct({ a: Schema.optional(Schema.String) }), /found the key "a", which may be missing/],
      [Schema.Struct({ list: Schema.Array(Inner) }), /found the key "list\.b"/],
      [Schema.Struct({ list: Schema.Array(Inner.annotate({ identifier: "Inner" })) }), /found the key "Inner\.b"/],
      [Schema.Struct({ r: Schema.Record(Schema.String, Schema.Finite) }), /found keys of any name at "r", .* array of/],
      [Schema.Struct({ r: Schema.Record(Schema.String, Schema.Unknown) }), /found keys of any name at "r"/],
      [Schema.Record(Schema.String, Schema.Finite), /found keys of any name, expected/],
      [
        Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.Finite)]),
        /found keys of any name, expected/
      ],
      [Schema.Array(Schema.String), /found something else than an object, expected one object; put it into a key/],
      [Schema.Union([Shape, Schema.Struct({ c: Schema.String })]), /found something else than an object/]
    ]
    for (const [schema, problem] of refused) assert.throws(() => answerSchema(schema), TypeError, problem)
    const named = Shape.annotate({ identifier: "Shape" })
    for (const schema of [named, Schema.Struct({ properties: Schema.Struct({ type: Schema.String }) })]) {
      assert.doesNotThrow(() => answerSchema(schema))
    }
  })

  it("answerSchema sends the limits of a number and the shapes that have a name", () => {
    const Named = Schema.Struct({ score: Score }).annotate({ identifier: "Named" })
    const list = answerSchema(Schema.Struct({ list: Schema.Array(Named) })) as {
      readonly properties: { readonly list: { readonly items: { readonly $ref: string } } }
      readonly $defs: Readonly<Record<string, unknown>>
    }
    assert.strictEqual(list.properties.list.items.$ref, "#/$defs/Named")
    assert.deepStrictEqual(list.$defs["Named"], {
      type: "object",
      properties: { score: { type: "number", minimum: 1, maximum: 10 } },
      required: ["score"],
      additionalProperties: false
    })
  })
})
