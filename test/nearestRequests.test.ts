import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { nearestRequests } from "../src/nearestRequests.ts"

const request = (facets: Readonly<Record<string, string>>) => new Map(Object.entries(facets))

const plain = { "system prompt": "s", "user message": "Why is the sky blue?", model: "m", "sample index": "0" }

const nearest = (
  wanted: Readonly<Record<string, string>>,
  ...earlier: ReadonlyArray<Readonly<Record<string, string>>>
) =>
  nearestRequests(
    [request(wanted)],
    earlier.map((facets, id) => [id, request(facets)])
  )[0]!

describe("nearestRequests", () => {
  it("nearestRequests names the one facet that differs, also when it was added or removed", () => {
    assert.deepStrictEqual(nearest({ ...plain, model: "n" }, plain), { fields: ["model"], related: true, ids: [0] })
    assert.deepStrictEqual(nearest({ ...plain, seed: "1" }, plain).fields, ["seed"])
    assert.deepStrictEqual(nearest(plain, { ...plain, seed: "1" }).fields, ["seed"])
    assert.deepStrictEqual(nearest(plain, plain).fields, ["messages"])
  })

  it("nearestRequests prefers the smallest difference, and any field to sample index and user message", () => {
    const asked = { ...plain, model: "n", "sample index": "4" }
    assert.deepStrictEqual(nearest(asked, plain, { ...asked, "sample index": "0" }).fields, ["sample index"])
    assert.deepStrictEqual(nearest(asked, plain).fields, ["model", "sample index"])
    assert.deepStrictEqual(
      nearest(
        asked,
        { ...asked, "user message": "Other?" },
        { ...asked, "sample index": "1" },
        { ...asked, model: "m" }
      ),
      { fields: ["model"], related: true, ids: [2] }
    )
  })

  it("nearestRequests tells an edited user message from a new one", () => {
    const asked = { ...plain, "user message": "Rate this.\nThe sky is blue because of scattering." }
    const edited = { ...plain, "user message": "Please rate this.\nThe sky is blue because of scattering." }
    const other = { ...plain, "user message": "Rate this.\nCats land on their feet, mostly." }
    assert.deepStrictEqual(nearest(asked, other, edited), { fields: ["user message"], related: true, ids: [1] })
    assert.deepStrictEqual(nearest(asked, other), { fields: ["user message"], related: false, ids: [0] })
  })

  it("nearestRequests takes a line that many have for a template", () => {
    const user = (i: number) => `Rate the following answer.\nNumber ${i} of all the answers`
    const wanted = Array.from({ length: 40 }, (_, i) => request({ ...plain, "user message": user(i) }))
    const found = nearestRequests(wanted, [[7, request({ ...plain, "user message": user(99) })]])
    assert.isTrue(found.every((neighbour) => !neighbour!.related && neighbour!.ids[0] === 7))
  })

  it("nearestRequests finds nothing like a request when text and another field are new", () => {
    assert.isNull(nearest({ ...plain, "user message": "New?", model: "n" }, plain))
    assert.isNull(nearest(plain))
  })

  it.effect.prop(
    "nearestRequests agrees with a search through all pairs",
    {
      wanted: Schema.Array(Schema.Array(Schema.Literals([0, 1, 2]))),
      earlier: Schema.Array(Schema.Array(Schema.Literals([0, 1, 2])))
    },
    ({ wanted, earlier }) =>
      Effect.sync(() => {
        const names = ["a", "b", "user message", "d"]
        const of = (values: ReadonlyArray<number>) => new Map(names.map((name, i) => [name, `value ${values[i] ?? 0}`]))
        const asked = wanted.slice(0, 10).map(of)
        const known = earlier.map(of)
        const found = nearestRequests(asked, known.entries())
        asked.forEach((facets, i) => {
          const distances = known.map((other) => {
            const fields = names.filter((name) => facets.get(name) !== other.get(name))
            return fields.includes("user message")
              ? fields.length === 1
                ? 1000
                : Infinity
              : Math.max(1, fields.length)
          })
          const smallest = Math.min(Infinity, ...distances)
          const neighbour = found[i]!
          assert.strictEqual(neighbour === null, smallest === Infinity)
          if (neighbour === null) return
          assert.strictEqual(neighbour.fields[0] === "user message" ? 1000 : neighbour.fields.length, smallest)
          for (const id of neighbour.ids) assert.strictEqual(distances[id], smallest)
        })
      })
  )
})
