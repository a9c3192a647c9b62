import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { answerSchema, structuredAnswer } from "../../src/services/structuredAnswer.ts"

const Shape = Schema.Struct({ score: Schema.Finite, kind: Schema.Literals(["a", "b"]) })

describe("structuredAnswer", () => {
  const read = structuredAnswer(Shape)

  it("structuredAnswer reads JSON of the shape, with one code fence round it or none", () => {
    const value = { score: 7, kind: "a" } as const
    for (const text of [
      '{"score": 7, "kind": "a"}',
      ' \n{"kind":"a","score":7}\n',
      '```json\n{"score": 7, "kind": "a"}\n```',
      '\n```\n{\n  "score": 7,\n  "kind": "a"\n}\n```\n'
    ]) {
      assert.deepStrictEqual(read(text), { ok: true, value }, text)
    }
  })

  it("structuredAnswer never guesses at anything else", () => {
    for (const text of [
      "",
      "7",
      "null",
      '{"score": "7", "kind": "a"}',
      '{"score": 7}',
      '{"score": 7, "kind": "c"}',
      '{"score": 7, "kind": "a"',
      '{"score": 7, "kind": "a"} and that is it',
      'Here you go: {"score": 7, "kind": "a"}',
      '```json\n{"score": 7, "kind": "a"}\n```\n```json\n{}\n```'
    ]) {
      const answer = read(text)
      assert.isFalse(answer.ok, text)
      if (!answer.ok) assert.match(answer.problem, /^found ".*", expected JSON of the asked shape$/)
    }
  })

  it("structuredAnswer quotes the start of a long answer only", () => {
    const answer = read("x".repeat(500))
    assert.isTrue(!answer.ok && answer.problem.length < 150)
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
})
