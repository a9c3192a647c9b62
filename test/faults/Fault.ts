import type * as http from "node:http"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** A request as the server saw it. */
export interface Seen {
  /** Counts every request of the server from 1, in the order in which they arrived. */
  readonly index: number
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The parsed body; null where it is no JSON. */
  readonly body: unknown
  readonly rawBody: string
  readonly headers: http.IncomingHttpHeaders
  /** Milliseconds of `performance.now()` at which the request's headers had arrived. */
  readonly receivedAt: number
  /** Requests without a complete answer when this one arrived, itself among them. */
  readonly inFlight: number
}

/** What goes wrong with one answer, or what it says. Kinds that speak of choices do nothing to other endpoints. */
export type Fault =
  /** Answers well after so many milliseconds in place of the server's own; 2^31 or more for never. */
  | { readonly kind: "late"; readonly ms: number }
  /**
   * Closes the connection after so many bytes of the raw answer, status line and headers included. A negative number leaves
   * out so many bytes at the end.
   */
  | { readonly kind: "drop"; readonly bytes: number }
  | {
      readonly kind: "status"
      readonly status: number
      /** Sent as JSON, a string as it is. Default an error as OpenAI writes it. */
      readonly body?: unknown
      /** Seconds, or an HTTP date as it is sent. */
      readonly retryAfter?: number | string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The first `bytes` bytes of the body, half of them by default, with a content-length that fits them. */
  | { readonly kind: "truncatedJson"; readonly bytes?: number }
  /** A body that no JSON parser reads. */
  | { readonly kind: "invalidJson" }
  /** An HTML page with status 200. */
  | { readonly kind: "wrongContentType" }
  | { readonly kind: "emptyChoices" }
  | { readonly kind: "nullContent" }
  | { readonly kind: "refusal"; readonly text?: string }
  /** Half an answer with `finish_reason` content_filter. */
  | { readonly kind: "contentFilter" }
  /** Status 400 with code content_filter, as Azure sends it. */
  | { readonly kind: "contentFilterError" }
  /** Status 400; OpenAI's has a code, vLLM's only its wording and the number 400 as code. */
  | { readonly kind: "contextTooLong"; readonly spelling: "openai" | "vllm" }
  /** Half an answer with `finish_reason` length. */
  | { readonly kind: "cutOff" }
  /** The body twice, back to back, in one answer. */
  | { readonly kind: "duplicatedChunks" }
  /** Headers with status 200, then `chunk` every `everyMs` milliseconds until the client closes. Default 64 KiB of spaces, 1. */
  | { readonly kind: "endlessBody"; readonly chunk?: string; readonly everyMs?: number }
  /** So many choices more than were asked for. Default 1. */
  | { readonly kind: "moreChoices"; readonly extra?: number }
  | { readonly kind: "otherModel"; readonly model?: string }
  /** An answer without `usage`. */
  | { readonly kind: "noUsage" }
  /** A text in every choice; the request's token limit cuts it. */
  | { readonly kind: "answer"; readonly text: string }
  /** A whole body with status 200. */
  | { readonly kind: "answer"; readonly body: unknown }

/** Decides what happens to a request; null for a good answer. */
export type Plan = (request: Seen) => Fault | null

/**
 * Gives a share of the requests a fault, all faults alike often.
 *
 * A pure function of the request's index and the seed: the same order of requests meets the same faults.
 */
export const sometimes =
  (rate: number, faults: ReadonlyArray<Fault>, seed: number | string): Plan =>
  ({ index }) => {
    const random = keyedRandom("fault", seed, index)
    return random() < rate ? faults[Math.floor(random() * faults.length)]! : null
  }
