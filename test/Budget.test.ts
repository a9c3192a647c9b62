import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Budget, type BudgetCaps, capsProblem, type WorstCase } from "../src/Budget.ts"
import type { Spent } from "../src/Spending.ts"

const worst = (more: Partial<WorstCase> = {}): WorstCase => ({ calls: 1, tokens: 100, usd: 0.5, ...more })

const budgetOf = (caps: BudgetCaps, spent: Readonly<Record<string, Partial<Spent>>> = {}) => {
  const nothing: Spent = {
    calls: 0,
    promptTokens: 0,
    completionTokens: 0,
    costUsd: 0,
    unpricedCalls: 0,
    uncountedCalls: 0,
    lostCalls: 0,
    lostTokens: 0,
    lostUsd: 0
  }
  return new Budget(caps, new Map(Object.entries(spent).map(([model, some]) => [model, { ...nothing, ...some }])))
}

const found = (outcome: ReturnType<Budget["reserve"]>): string =>
  typeof outcome === "string" ? outcome : `${outcome.found}; ${outcome.remedy}`

describe("Budget", () => {
  it("Budget lets calls that may be cheaper than they could wait, and refuses those that cannot fit", () => {
    const budget = budgetOf({ usd: 1 })
    assert.strictEqual(budget.reserve("m", worst()), "reserved")
    assert.strictEqual(budget.reserve("m", worst()), "reserved")
    assert.strictEqual(budget.reserve("m", worst()), "wait")
    budget.settle("m", worst(), worst({ usd: 0.2 }))
    budget.settle("m", worst(), worst({ usd: 0.3 }))
    assert.strictEqual(budget.reserve("m", worst()), "reserved")
    budget.settle("m", worst(), worst({ usd: 0.5 }))
    assert.strictEqual(
      found(budget.reserve("m", worst())),
      "the run spent $1 of $1, and the next call may cost $0.5; raise --max-usd to go on; what is answered is kept"
    )
  })

  it("Budget books the worst case where the real cost is not known", () => {
    const budget = budgetOf({ tokens: 250 })
    budget.reserve("m", worst())
    budget.settle("m", worst(), { calls: 1, tokens: null, usd: null })
    assert.strictEqual(budget.reserve("m", worst()), "reserved")
    assert.match(
      found(budget.reserve("m", worst({ tokens: 151 }))),
      /spent 100 tokens of 250 tokens.*151 tokens.*--max-tokens/
    )
  })

  it("Budget goes on from what earlier processes spent and lost", () => {
    const budget = budgetOf({ calls: 10 }, { a: { calls: 5, lostCalls: 2 }, b: { calls: 2 } })
    assert.strictEqual(budget.reserve("a", worst()), "reserved")
    assert.strictEqual(budget.reserve("a", worst()), "wait")
  })

  it("Budget counts what a server goes on with as spent, until a call of its key is reserved", () => {
    const sent = new Map(["a", "b"].map((key) => [key, { model: "m", tokens: 100, costUsd: 0.5 }] as const))
    const budget = new Budget({ calls: 3, usd: 1.5 }, new Map(), sent)
    assert.strictEqual(budget.reserve("m", worst(), "new"), "reserved")
    budget.settle("m", worst(), worst({ usd: 0.1 }))
    assert.match(
      found(budget.reserve("m", worst(), "newer")),
      /spent 3 calls of 3 calls, with the most that 2 calls can cost that a server still works on/
    )
    // The place of a call that is asked for again is its own.
    assert.strictEqual(budget.reserve("m", worst(), "a"), "reserved")
    budget.settle("m", worst(), worst({ usd: 0.1 }))
    assert.match(found(budget.reserve("m", worst(), "newer")), /spent 3 calls of 3 calls/)
    budget.free("b")
    budget.free("b")
    assert.strictEqual(budget.reserve("m", worst(), "newer"), "reserved")
    assert.strictEqual(budget.reserve("m", worst(), "newest"), "wait")
  })

  it("Budget goes on holding a call that has to wait", () => {
    const budget = budgetOf({ calls: 2 })
    budget.hold("a", { model: "m", tokens: 1, costUsd: 0 })
    assert.strictEqual(budget.reserve("m", worst()), "reserved")
    assert.strictEqual(budget.reserve("m", worst({ calls: 2 }), "a"), "wait")
    assert.match(found(budget.reserve("m", worst({ calls: 2 }))), /spent 1 call of 2 calls/)
  })

  it("Budget sets aside for all calls to a model what one of them cost beyond the reckoning", () => {
    const budget = budgetOf({ tokens: 1000 })
    for (let i = 0; i < 3; i++) assert.strictEqual(budget.reserve("m", worst()), "reserved")
    // Of the two that are under way each may take 50 more, too.
    budget.learn("m", worst(), worst({ tokens: 150 }))
    budget.settle("m", worst(), worst({ tokens: 150 }))
    assert.deepStrictEqual(budget.worstOf("m", worst()), worst({ tokens: 150 }))
    assert.deepStrictEqual(budget.worstOf("other", worst()), worst())
    // 150 are spent, 300 set aside.
    assert.strictEqual(budget.reserve("m", worst({ tokens: 501 })), "wait")
    assert.strictEqual(budget.reserve("m", worst({ tokens: 500 })), "reserved")
    // A cheaper call unlearns nothing.
    budget.learn("m", worst(), worst({ tokens: 1 }))
    budget.settle("m", worst({ tokens: 500 }), worst({ tokens: 550 }))
    budget.settle("m", worst(), worst({ tokens: 1 }))
    budget.settle("m", worst(), worst({ tokens: 1 }))
    assert.match(found(budget.reserve("m", worst({ tokens: 249 }))), /spent 702 tokens .* may cost 299 tokens/)
    assert.strictEqual(budget.reserve("m", worst({ tokens: 248 })), "reserved")
  })

  it("Budget lets few calls try a model whose cost is not known, under a cap of tokens or money", () => {
    const allAtOnce = (budget: Budget) => {
      let n = 0
      while (n < 100 && budget.mayTry("m") && budget.reserve("m", worst()) === "reserved") n++
      return n
    }
    const budget = budgetOf({ tokens: 1e6 })
    assert.strictEqual(allAtOnce(budget), 4)
    // A call that failed shows nothing.
    budget.settle("m", worst(), worst({ calls: 0, tokens: 0, usd: 0 }))
    assert.strictEqual(allAtOnce(budget), 1)
    budget.learn("m", worst(), worst())
    assert.strictEqual(allAtOnce(budget), 100)
    assert.strictEqual(allAtOnce(budgetOf({ calls: 1000 })), 100)
    assert.strictEqual(allAtOnce(budgetOf({})), 100)
    assert.strictEqual(allAtOnce(budgetOf({ models: { other: { usd: 1 } } })), 100)
    assert.strictEqual(allAtOnce(budgetOf({ models: { m: { usd: 1000 } } })), 4)
  })

  it("Budget says which caps are passed", () => {
    const budget = budgetOf({ usd: 1, tokens: 500, models: { m: { calls: 1 } } })
    budget.reserve("m", worst())
    budget.settle("m", worst(), worst({ usd: 1, tokens: 100 }))
    assert.deepStrictEqual(budget.passed, [])
    budget.settle("m", worst({ calls: 0 }), worst({ usd: 0.5, tokens: 100 }))
    assert.deepStrictEqual(budget.passed, [
      "the run spent $1.5 of $1 (--max-usd)",
      'model "m" spent 2 calls of 1 call (calls of "m" in within({ models }))'
    ])
  })

  it("Budget holds single models to caps of their own", () => {
    const budget = budgetOf({ models: { dear: { calls: 1 } } }, { dear: { calls: 1 } })
    assert.match(
      found(budget.reserve("dear", worst())),
      /model "dear" spent 1 call of 1 call, and the next call would be 1 call more; raise calls of "dear" in within\(\{ models \}\) to go on/
    )
    assert.strictEqual(budget.reserve("cheap", worst()), "reserved")
  })

  it("Budget refuses what it cannot reckon, and only under a cap of that kind", () => {
    assert.match(found(budgetOf({ usd: 1 }).reserve("m", worst({ usd: null }))), /"m" can cost is not known.*prices/)
    assert.match(found(budgetOf({ tokens: 9 }).reserve("m", worst({ tokens: null }))), /no limit of tokens.*maxTokens/)
    assert.strictEqual(budgetOf({ calls: 1 }).reserve("m", worst({ usd: null, tokens: null })), "reserved")
    const unpriced = budgetOf({ usd: 1 }, { m: { unpricedCalls: 1 } })
    assert.match(found(unpriced.reserve("m", worst())), /without a known price before/)
  })

  it("Budget knows whether anything is capped", () => {
    assert.isFalse(budgetOf({}).isCapped)
    assert.isFalse(budgetOf({ models: { m: {} } }).isCapped)
    assert.isTrue(budgetOf({ calls: 0 }).isCapped)
    assert.isTrue(budgetOf({ models: { m: { usd: 1 } } }).isCapped)
  })

  for (const [caps, says] of [
    [{ usd: -1 }, /^Cannot cap usd: found -1, expected US dollars, 0 or more; leave it out where nothing is capped$/],
    [{ usd: Number.NaN }, /^Cannot cap usd: found NaN, expected US dollars, 0 or more/],
    [{ usd: Number.POSITIVE_INFINITY }, /found Infinity/],
    [{ usd: "5" as unknown as number }, /^Cannot cap usd: found "5", expected US dollars/],
    [{ usd: null as unknown as number }, /^Cannot cap usd: found null, expected US dollars/],
    [{ calls: 0.5 }, /^Cannot cap calls: found 0.5, expected a whole number of calls, 0 or more/],
    [{ tokens: 1.5 }, /^Cannot cap tokens: found 1.5, expected a whole number of tokens, 0 or more/],
    [{ calls: 1, models: { m: { tokens: -1 } } }, /^Cannot cap tokens of model "m": found -1, expected/],
    [{ maxUsd: 5 } as BudgetCaps, /^Cannot cap maxUsd: found 5, expected one of usd, calls, tokens, models/],
    [{ models: { m: { dollars: 5 } } } as BudgetCaps, /^Cannot cap dollars of model "m": .*one of usd, calls, tokens;/]
  ] satisfies ReadonlyArray<readonly [BudgetCaps, RegExp]>) {
    it(`Budget refuses ${JSON.stringify(caps)} as caps, with ${says.source}`, () => {
      assert.match(capsProblem(caps) ?? "no problem", says)
      assert.throws(() => budgetOf(caps), says)
    })
  }

  it("Budget takes caps that hold nothing, a little, or only what is named", () => {
    for (const caps of [{}, { usd: 0, calls: 0, tokens: 0 }, { usd: 0.01, models: { m: { usd: 1e-9 } } }]) {
      assert.isNull(capsProblem(caps))
    }
    assert.isNull(capsProblem({ usd: undefined, models: { m: {} } } as unknown as BudgetCaps))
  })

  it("Budget meets a cap exactly in spite of decimal fractions", () => {
    const budget = budgetOf({ usd: 1 })
    for (let i = 0; i < 10; i++) {
      assert.strictEqual(budget.reserve("m", worst({ usd: 0.1 })), "reserved")
      budget.settle("m", worst({ usd: 0.1 }), worst({ usd: 0.1 }))
    }
    assert.notStrictEqual(budget.reserve("m", worst({ usd: 0.1 })), "reserved")
  })

  const Step = Schema.Struct({
    /** Starts a call of this worst case, or ends the oldest one under way. */
    starts: Schema.Boolean,
    tokens: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 })),
    share: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 }))
  })

  it.prop(
    "Budget is never passed, however calls start and end with 256 in flight",
    { cap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 })), steps: Schema.Array(Step) },
    ({ cap, steps }) => {
      const budget = budgetOf({ tokens: cap })
      const underWay: Array<WorstCase> = []
      let spent = 0
      const end = (share: number) => {
        const call = underWay.shift()
        if (call === undefined) return
        const tokens = Math.floor((call.tokens! * share) / 4)
        budget.settle("m", call, worst({ tokens }))
        spent += tokens
      }
      for (const { share, starts, tokens } of Array.from({ length: 20 }, () => steps).flat()) {
        if (!starts || underWay.length >= 256) end(share)
        else {
          const call = worst({ tokens })
          const outcome = budget.reserve("m", call)
          const reserved = underWay.reduce((sum, one) => sum + one.tokens!, 0)
          // Reserved exactly when it fits beside all that may still be spent.
          assert.strictEqual(outcome === "reserved", spent + reserved + tokens <= cap)
          if (outcome === "reserved") underWay.push(call)
        }
        assert.isAtMost(spent, cap)
      }
      while (underWay.length > 0) end(4)
      assert.isAtMost(spent, cap)
    }
  )
})
