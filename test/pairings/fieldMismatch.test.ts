import { assert, describe, it } from "@effect/vitest"
import { fieldMismatch } from "../../src/pairings/fieldMismatch.ts"
import * as Term from "../../src/pairings/Term.ts"
import { cut, field } from "./cut.ts"

const read = (name: string) => Term.attribute(name, ({ text }) => new RegExp(`${name}=(\\w+)`).exec(text)?.[1] ?? null)
const fields = [read("grade"), read("action")]
const teacher = Term.test("teacher", ({ model }) => model === "teacher")

const candidates = field({
  ref: { text: "grade=A action=praise and so on", model: "teacher", score: 1 },
  same: { text: "grade=A action=praise in other words", score: 9 },
  grade: { text: "grade=B action=praise and so on", score: 5 },
  broken: { text: "no fields at all", score: 3 }
})

describe("fieldMismatch", () => {
  it("fieldMismatch sets the reference against what differs in a field or cannot be read", () => {
    const { named } = cut(candidates, fieldMismatch({ fields, reference: teacher }))
    assert.sameMembers([...named], ["ref>broken", "ref>grade"])
  })

  it("fieldMismatch goes by score without a reference, and never chooses what cannot be read", () => {
    const { named } = cut(candidates, fieldMismatch({ fields }))
    assert.deepStrictEqual(named, ["same>broken", "grade>ref", "same>grade", "grade>broken"])
  })

  it("fieldMismatch makes no pair of equal fields or of a reference that cannot be read, and wants a field", () => {
    const { ref, same } = Object.fromEntries(candidates.map((one) => [one.id, one]))
    const rule = fieldMismatch({ fields, reference: teacher })
    assert.deepStrictEqual(cut([ref!, same!], rule).reasons, ["no pair"])
    const unread = { ...ref!, text: "grade=A alone" }
    assert.deepStrictEqual(cut([unread, same!], rule).reasons, ["no pair"])
    assert.throws(() => fieldMismatch({ fields: [] }), /at least one field/)
  })
})
