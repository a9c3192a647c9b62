import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import { printable } from "./printable.ts"

interface Posts {
  n: number
  nFailed: number
  /** What came of the last one that failed. */
  problem: string
}

/** Counts what is posted to the addresses that telemetry goes to, and says what did not arrive. */
export class OtlpPosts {
  readonly #byAddress = new Map<string, Posts>()

  /** The same client, whose requests are counted. */
  counted(client: HttpClient.HttpClient): HttpClient.HttpClient {
    return HttpClient.transform(client, (response, { url }) => {
      const posts = this.#postsTo(url)
      posts.n++
      return Effect.onExit(response, (exit) =>
        Effect.sync(() => {
          const problem = Exit.isSuccess(exit) ? problemOf(exit.value.status) : causeOf(exit.cause)
          if (problem === null) return
          posts.nFailed++
          posts.problem = problem
        })
      )
    })
  }

  /** A sentence for each address that something did not reach, without what may be secret in it. */
  get problems(): ReadonlyArray<string> {
    return [...this.#byAddress]
      .filter(([, { nFailed }]) => nFailed > 0)
      .map(([address, { n, nFailed, problem }]) => {
        const some =
          nFailed === n ? (n === 1 ? "the only request" : `all ${n} requests`) : `${nFailed} of ${n} requests`
        return printable(
          `Cannot export all telemetry to ${address}: ${some} failed, the last with ${problem}; the run itself is not concerned, check the address and whether a collector listens there`
        )
      })
  }

  #postsTo(url: string): Posts {
    const { origin, pathname } = new URL(url)
    const address = `${origin}${pathname}`
    const posts = this.#byAddress.get(address) ?? { n: 0, nFailed: 0, problem: "" }
    this.#byAddress.set(address, posts)
    return posts
  }
}

const problemOf = (status: number): string | null => (status >= 200 && status < 300 ? null : `status ${status}`)

/** Why there was no response, by its code: messages quote the whole address. */
const causeOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "no answer before the run ended"
  let error: unknown = Cause.squash(cause)
  while (error instanceof Error) {
    if ("code" in error && typeof error.code === "string") return error.code
    error = error.cause
  }
  return "no connection"
}
