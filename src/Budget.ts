import type { Spent } from "./Journal.ts"

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

const none = (): Amounts => ({ calls: 0, tokens: 0, usd: 0 })

/**
 * Holds a run within its caps: the most a call can cost is reserved before it is sent and settled when it has ended.
 *
 * A call that would fit if calls in flight turn out cheaper than they could waits for them; one that cannot fit any more is
 * refused. So what is spent never passes a cap, however many calls are in flight, as long as a call costs no more than was
 * reserved for it. A cost that is not known is refused under a cap of its kind.
 */
export class Budget {
  readonly #run: Account
  readonly #runAlone: ReadonlyArray<Account>
  readonly #models = new Map<string, Account>()
  /** True when some cap is set, so that calls have to be reserved. */
  readonly isCapped: boolean

  /** `spent` is what earlier processes of the run spent, lost calls included. */
  constructor(caps: BudgetCaps, spent: ReadonlyMap<string, Spent>) {
    checkCaps("", caps)
    this.#run = { name: "the run", caps, spent: none(), reserved: none() }
    this.#runAlone = [this.#run]
    for (const [model, modelCaps] of Object.entries(caps.models ?? {})) {
      checkCaps(` of model "${model}"`, modelCaps)
      this.#models.set(model, { name: `model "${model}"`, caps: modelCaps, spent: none(), reserved: none() })
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
  }

  /** Reserves the worst case of a call: "reserved", "wait" until a call in flight ends, or why it can never be. */
  reserve(model: string, worst: WorstCase): "reserved" | "wait" | Refusal {
    const accounts = this.#accounts(model)
    let hasToWait = false
    for (const account of accounts) {
      for (const unit of units) {
        const cap = account.caps[unit]
        if (cap === undefined) continue
        const amount = worst[unit]
        if (amount === null) return unknownCost(unit, model)
        if (exceeds(account.spent[unit] + amount, cap)) return exhausted(account, unit, cap, amount)
        if (exceeds(account.spent[unit] + account.reserved[unit] + amount, cap)) hasToWait = true
      }
    }
    if (hasToWait) return "wait"
    for (const account of accounts) for (const unit of units) account.reserved[unit] += worst[unit] ?? 0
    return "reserved"
  }

  /** Takes a reservation back and books what the call really cost: nothing, its price, or for a lost call the worst case. */
  settle(model: string, worst: WorstCase, real: WorstCase): void {
    for (const account of this.#accounts(model)) {
      for (const unit of units) {
        account.reserved[unit] -= worst[unit] ?? 0
        account.spent[unit] += real[unit] ?? worst[unit] ?? 0
      }
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

const show = (unit: keyof Amounts, amount: number): string =>
  unit === "usd" ? `$${Number(amount.toPrecision(6))}` : `${amount} ${unit}`

const exhausted = (account: Account, unit: keyof Amounts, cap: number, amount: number): Refusal =>
  account.spent[unit] === Number.POSITIVE_INFINITY
    ? {
        found: `${account.name} made calls without a known price before, so what it spent is not known`,
        remedy: "cap the calls or the tokens instead, or start a new folder"
      }
    : {
        found: `${account.name} spent ${show(unit, account.spent[unit])} of ${show(unit, cap)}, and the next call may cost ${show(unit, amount)}`,
        remedy: `raise ${optionOf[unit]} to go on; what is answered is kept`
      }

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

const checkCaps = (whose: string, caps: Caps): void => {
  for (const unit of units) {
    const cap = caps[unit]
    if (cap !== undefined && !(cap >= 0 && Number.isFinite(cap))) {
      throw new RangeError(`Cannot cap ${unit}${whose}: found ${cap}, expected a number of at least 0`)
    }
  }
}
