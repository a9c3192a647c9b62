import { assert, describe, it } from "@effect/vitest"
import { exactJson } from "../src/exactJson.ts"

describe("exactJson", () => {
  it("exactJson keeps the digits of whole numbers, at any depth", () => {
    assert.deepStrictEqual(exactJson('{"id":9007199254740993,"a":[1,{"b":-1234567890123456789}],"c":1.5}'), {
      id: 9007199254740993n,
      a: [1, { b: -1234567890123456789n }],
      c: 1.5
    })
    assert.strictEqual(exactJson("18446744073709551615"), 18446744073709551615n)
  })

  it("exactJson is JSON.parse for all else", () => {
    const texts = [
      '{"a":[1,2.5,-0,1e400,1.7976931348623157e308,"9007199254740993",null,true,{}],"":"\\u00e9"}',
      '{"large":1e300,"digits":100000000000000000000,"last":9007199254740991,"decimal":9007199254740993.5}',
      '{"__proto__":{"x":1},"constructor":2,"length":3}',
      '{"__proto__":{"x":1e20},"constructor":2,"twice":1e99,"twice":2}',
      " [] ",
      '"text"'
    ]
    for (const text of texts) {
      const [found, wanted] = [exactJson(text), JSON.parse(text) as unknown]
      assert.deepStrictEqual(found, wanted)
      assert.strictEqual(JSON.stringify(found), JSON.stringify(wanted))
    }
  })

  it("exactJson throws as JSON.parse does", () => {
    for (const text of ["", "{", "NaN", "[9007199254740993,]", "01"]) {
      assert.throws(() => exactJson(text), SyntaxError)
    }
  })
})
