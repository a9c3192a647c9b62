import type { Dispatcher } from "undici"
import { sendRequest } from "./sendRequest.ts"

/**
 * A `fetch` for JSON over connections of our own, which takes much less processor time than the global one.
 *
 * It knows what the `openai` SDK needs: a URL in text, a method, headers, a body in text, and a signal that aborts. The whole body
 * is read before the response is there. It follows no redirect and decodes no compression, so it asks for none.
 */
export const poolFetch =
  (pool: Pick<Dispatcher, "dispatch">) =>
  (url: string, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(url)
      const headers: Array<string> = ["accept-encoding", "identity"]
      const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers)
      for (const [name, value] of given) {
        if (name !== "content-length" && name !== "accept-encoding") headers.push(name, value)
      }
      const { signal } = init
      const abort = sendRequest(
        pool,
        {
          path: `${pathname}${search}`,
          method: init.method ?? "GET",
          headers,
          body: (init.body as string | null | undefined) ?? null
        },
        {
          received: ({ bytes, headers: reply, status }) => {
            signal?.removeEventListener("abort", stop)
            // A Response with one of these must not have a body.
            const isBodiless = status === 204 || status === 205 || status === 304
            resolve(new Response(isBodiless ? null : bytes.toString(), { status, headers: plain(reply) }))
          },
          tooLong: () => reject(new TooLong()),
          broken: (cause) => {
            signal?.removeEventListener("abort", stop)
            reject(cause)
          }
        }
      )
      const stop = () => {
        abort()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener("abort", stop, { once: true })
      if (signal?.aborted === true) stop()
    })

/** The body of an answer went on for too long. */
export class TooLong extends Error {
  override readonly name = "TooLong"
}

const plain = (headers: Readonly<Record<string, string | Array<string> | undefined>>): Array<[string, string]> => {
  const pairs: Array<[string, string]> = []
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) pairs.push([name, typeof value === "string" ? value : value.join(", ")])
  }
  return pairs
}
