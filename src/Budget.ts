import type { Spent } from "./Spending.ts"
import type { OpenCall } from "./OpenCalls.ts"

/** The most a run may spend, over all its processes; what is absent has no limit. */
export interface Caps {
  readonly usd?: number
  /** Calls that a server answered, or may have answered. */
  readonly calls?: number
  /** Tokens of prompts and answers together. */
  readonly tokens?: number
}

/** Caps of the whole run, and of single models by name. */
export interface BudgetCaps extends Caps {
  readonly models?: Readonly<Record<string, Caps>>
}

/** The most a call can cost. A cost that is not known is null. */
export interface WorstCase {
  readonly calls: number
  readonly tokens: number | null
  readonly usd: number | null
}

/** Why a call may not start, ever, within the caps. */
export interface Refusal {
  readonly found: string
  readonly remedy: string
}

interface Account {
  readonly name: string
  /** What sets its caps, in words. */
  readonly setBy: (unit: keyof Amounts) => string
  readonly caps: Caps
  spent: Amounts
  reserved: Amounts
}

interface Amounts {
  calls: number
  tokens: number
  usd: number
}

const units = ["calls", "tokens", "usd"] as const

/** Calls that may be under way to a model before one of them has shown what calls to it cost. */
const fewCalls = 4

const isCount = (cap: unknown): boolean => Number.isInteger(cap) && (cap as number) >= 0

const none = (): Amounts => ({ calls: 0, tokens: 0, usd: 0 })

/**
 * Holds a run within its caps: the most a call can cost is reserved before it is sent and settled when it has ended.
 *
 * A call that would fit if calls in flight turn out cheaper than they could waits for them; one that cannot fit any more is
 * refused. So what is spent never passes a cap, however many calls are in flight, as long as a call costs no more than was
 * reserved for it. Where one does, all later ones to the model reserve as much more; and few calls are under way to a model until
 * one has shown its cost, so that these few are the most by which a cap is passed. A cost that is not known is refused under a
 * cap of its kind.
 */
export class Budget {
  readonly #run: Account
  readonly #runAlone: ReadonlyArray<Account>
  readonly #models = new Map<string, Account>()
  /** Calls that nobody waits for at the moment and that a server goes on with, by key; they count as spent. */
  readonly #held = new Map<string, OpenCall>()
  /** By how much calls were dearer than reckoned, at most, for each model that has shown what a call costs; reserved with each. */
  readonly #surpluses = new Map<string, Pick<Amounts, "tokens" | "usd">>()
  /** Reserved calls by model. */
  readonly #underWay = new Map<string, number>()
  /** True when some cap is set, so that calls have to be reserved. */
  readonly isCapped: boolean

  /**
   * `spent` is what earlier processes of the run spent, lost calls included; `sent` are calls of theirs, by key, that a server goes
   * on with. Throws a `RangeError` where `capsProblem` finds a problem.
   */
  constructor(
    caps: BudgetCaps,
    spent: ReadonlyMap<string, Spent>,
    sent: ReadonlyMap<string, OpenCall> = new Map<string, OpenCall>()
  ) {
    const problem = capsProblem(caps)
    if (problem !== null) throw new RangeError(problem)
    this.#run = { name: "the run", setBy: (unit) => optionOf[unit], caps, spent: none(), reserved: none() }
    this.#runAlone = [this.#run]
    for (const [model, modelCaps] of Object.entries(caps.models ?? {})) {
      const setBy = (unit: keyof Amounts) => `${unit} of "${model}" in within({ models })`
      this.#models.set(model, { name: `model "${model}"`, setBy, caps: modelCaps, spent: none(), reserved: none() })
    }
    this.isCapped = [this.#run, ...this.#models.values()].some((account) =>
      units.some((unit) => account.caps[unit] !== undefined)
    )
    for (const [model, amounts] of spent) {
      for (const account of this.#accounts(model)) {
        account.spent.calls += amounts.calls + amounts.lostCalls
        account.spent.tokens += amounts.promptTokens + amounts.completionTokens + amounts.lostTokens
        account.spent.usd += amounts.costUsd + amounts.lostUsd
        if (account.caps.usd !== undefined && amounts.unpricedCalls > 0) account.spent.usd = Number.POSITIVE_INFINITY
      }
    }
    for (const [key, call] of sent) this.hold(key, call)
  }

  /** Counts a call as spent that a server goes on with although nobody waits for it, until a call of its key is reserved. */
  hold(key: string, call: OpenCall): void {
    if (this.#held.has(key)) return
    this.#held.set(key, call)
    this.#spend(call, 1)
  }

  /** Counts a call no longer as spent that was held. */
  free(key: string): void {
    const call = this.#held.get(key)
    if (call !== undefined && this.#held.delete(key)) this.#spend(call, -1)
  }

  /** The most that a call costs, reckoned as `worst`, in the light of what calls to the model have cost so far. */
  worstOf(model: string, worst: WorstCase): WorstCase {
    const surplus = this.#surpluses.get(model)
    if (surplus === undefined || (surplus.tokens === 0 && surplus.usd === 0)) return worst
    return {
      calls: worst.calls,
      tokens: worst.tokens === null ? null : worst.tokens + surplus.tokens,
      usd: worst.usd === null ? null : worst.usd + surplus.usd
    }
  }

  /** Learns from a call that was reckoned as `worst` what it cost. */
  learn(model: string, worst: WorstCase, real: WorstCase): void {
    const { tokens = 0, usd = 0 } = this.#surpluses.get(model) ?? {}
    const surplus = {
      tokens: Math.max(tokens, (real.tokens ?? 0) - (worst.tokens ?? Number.POSITIVE_INFINITY)),
      usd: Math.max(usd, (real.usd ?? 0) - (worst.usd ?? Number.POSITIVE_INFINITY))
    }
    this.#surpluses.set(model, surplus)
    // What is under way may be as dear.
    const nUnderWay = this.#underWay.get(model) ?? 0
    for (const { reserved } of this.#accounts(model)) {
      reserved.tokens += nUnderWay * (surplus.tokens - tokens)
      reserved.usd += nUnderWay * (surplus.usd - usd)
    }
  }

  /** Tells whether tokens or money are capped where calls to a model count. */
  capsAmounts(model: string): boolean {
    return this.#accounts(model).some(({ caps }) => caps.tokens !== undefined || caps.usd !== undefined)
  }

  /** False while a few calls to a model are under way and none has shown yet what it costs. */
  mayTry(model: string): boolean {
    if (!this.isCapped || this.#surpluses.has(model) || !this.capsAmounts(model)) return true
    return (this.#underWay.get(model) ?? 0) < fewCalls
  }

  /** Which caps are passed, in words for people. */
  get passed(): ReadonlyArray<string> {
    return [this.#run, ...this.#models.values()].flatMap((account) =>
      units.flatMap((unit) => {
        const cap = account.caps[unit]
        const spent = account.spent[unit]
        return cap !== undefined && Number.isFinite(spent) && exceeds(spent, cap)
          ? [`${account.name} spent ${show(unit, spent)} of ${show(unit, cap)} (${account.setBy(unit)})`]
          : []
      })
    )
  }

  /**
   * Reserves the worst case of a call: "reserved", "wait" until a call in flight ends, or why it can never be. What is held under
   * its key, if anything, is then held no longer.
   */
  reserve(model: string, worst: WorstCase, key: string | null = null): "reserved" | "wait" | Refusal {
    if (!this.isCapped) return "reserved"
    const held = key === null ? undefined : this.#held.get(key)
    if (key === null || held === undefined) return this.#reserve(model, worst)
    this.free(key)
    const outcome = this.#reserve(model, worst)
    if (outcome !== "reserved") this.hold(key, held)
    return outcome
  }

  #reserve(model: string, reckoned: WorstCase): "reserved" | "wait" | Refusal {
    const worst = this.worstOf(model, reckoned)
    const accounts = this.#accounts(model)
    let hasToWait = false
    for (const account of accounts) {
      for (const unit of units) {
        const cap = account.caps[unit]
        if (cap === undefined) continue
        const amount = worst[unit]
        if (amount === null) return unknownCost(unit, model)
        if (exceeds(account.spent[unit] + amount, cap)) return exhausted(account, unit, cap, amount, this.#held.size)
        if (exceeds(account.spent[unit] + account.reserved[unit] + amount, cap)) hasToWait = true
      }
    }
    if (hasToWait) return "wait"
    for (const account of accounts) for (const unit of units) account.reserved[unit] += worst[unit] ?? 0
    this.#underWay.set(model, (this.#underWay.get(model) ?? 0) + 1)
    return "reserved"
  }

  /** Takes a reservation back and books what the call really cost: nothing, its price, or for a lost call the worst case. */
  settle(model: string, worst: WorstCase, real: WorstCase): void {
    if (!this.isCapped) return
    this.#underWay.set(model, (this.#underWay.get(model) ?? 0) - 1)
    const reserved = this.worstOf(model, worst)
    for (const account of this.#accounts(model)) {
      for (const unit of units) {
        account.reserved[unit] -= reserved[unit] ?? 0
        account.spent[unit] += real[unit] ?? reserved[unit] ?? 0
      }
    }
  }

  #spend({ costUsd, model, tokens }: OpenCall, times: 1 | -1): void {
    for (const { spent } of this.#accounts(model)) {
      spent.calls += times
      spent.tokens += times * tokens
      spent.usd += times * costUsd
    }
  }

  #accounts(model: string): ReadonlyArray<Account> {
    const own = this.#models.get(model)
    return own === undefined ? this.#runAlone : [this.#run, own]
  }
}

/** Sums of money are decimal fractions, so a sum that should meet a cap exactly may miss it by a rounding error. */
const exceeds = (sum: number, cap: number): boolean => sum > cap * (1 + 1e-12)

const optionOf = { calls: "--max-calls", tokens: "--max-tokens", usd: "--max-usd" } as const

const show = (unit: keyof Amounts, amount: number): string => {
  if (unit === "usd") return `$${Number(amount.toPrecision(6))}`
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`
}

const exhausted = (account: Account, unit: keyof Amounts, cap: number, amount: number, nHeld: number): Refusal =>
  account.spent[unit] === Number.POSITIVE_INFINITY
    ? {
        found: `${account.name} made calls without a known price before, so what it spent is not known`,
        remedy: "cap the calls or the tokens instead, or start a new folder"
      }
    : {
        found: `${account.name} spent ${show(unit, account.spent[unit])} of ${show(unit, cap)}${heldInWords(nHeld)}, and the next call ${unit === "calls" ? "would be" : "may cost"} ${show(unit, amount)}${unit === "calls" ? " more" : ""}`,
        remedy: `raise ${account.setBy(unit)} to go on; what is answered is kept`
      }

const heldInWords = (n: number): string =>
  n === 0
    ? ""
    : `, with the most that ${n === 1 ? "1 call" : `${n} calls`} can cost that a server still works on from before`

const unknownCost = (unit: keyof Amounts, model: string): Refusal =>
  unit === "usd"
    ? {
        found: `the most that a call to "${model}" can cost is not known`,
        remedy: `give the provider its price (prices: { "${model}": { inputPerMillion, outputPerMillion } }) and the request a maxTokens, or cap calls or tokens instead`
      }
    : {
        found: `a request to "${model}" has no limit of tokens`,
        remedy: "give the stage a maxTokens, or cap calls instead"
      }

/**
 * What each kind of cap has to be, in words for people and as a check.
 *
 * A number that is none holds nothing, so it is refused before it is used.
 */
export const capRules: Readonly<
  Record<keyof Amounts, { readonly expected: string; readonly isRight: (cap: unknown) => boolean }>
> = {
  calls: { expected: "a whole number of calls, 0 or more", isRight: isCount },
  tokens: { expected: "a whole number of tokens, 0 or more", isRight: isCount },
  usd: { expected: "US dollars, 0 or more", isRight: (cap) => Number.isFinite(cap) && (cap as number) >= 0 }
}

/** What is wrong with caps, with the remedy; null where they can be held. Caps that are undefined are absent. */
export const capsProblem = ({ models = {}, ...run }: BudgetCaps): string | null =>
  problemOf("", run, ["models"]) ??
  Object.entries(models)
    .map(([model, caps]) => problemOf(` of model "${model}"`, caps))
    .find((problem) => problem !== null) ??
  null

const problemOf = (whose: string, caps: Caps, others: ReadonlyArray<string> = []): string | null => {
  for (const [name, cap] of Object.entries(caps)) {
    const found = `Cannot cap ${name}${whose}: found ${typeof cap === "number" ? cap : JSON.stringify(cap)}`
    if (!Object.hasOwn(capRules, name)) {
      return `${found}, expected one of ${["usd", "calls", "tokens", ...others].join(", ")}; correct the name`
    }
    const { expected, isRight } = capRules[name as keyof Amounts]
    if (cap !== undefined && !isRight(cap)) {
      return `${found}, expected ${expected}; leave it out where nothing is capped`
    }
  }
  return null
}
