import type { HubOptions } from "./HubClient.ts"
import { HubError } from "./HubError.ts"
import type { HubReply } from "./HubTransport.ts"

const mostCharacters = 300

/** The error behind an answer of the hub that is no success, with the way out of it. What the server says is cut and cleared of the token. */
export const refusal = (
  { endpoint, repository, token, tokenVariable }: Omit<HubOptions, "revision">,
  action: string,
  reply: HubReply
): HubError => {
  const { status } = reply
  const told = saidBy(reply)
  const said = token === null ? told : told.replaceAll(token, "***")
  const found = `status ${status}${said === "" ? "" : ` (${said.slice(0, mostCharacters)})`}`
  const owner = repository.split("/")[0]!
  if (status === 401) {
    return new HubError({
      reason: "badToken",
      action,
      found,
      wanted: `a token in ${tokenVariable} that the hub knows`,
      remedy: `make one that may write at ${endpoint}/settings/tokens`
    })
  }
  if (status === 403) {
    return new HubError({
      reason: "forbidden",
      action,
      found,
      wanted: `a token in ${tokenVariable} that may write for "${owner}"`,
      remedy: `give it that right at ${endpoint}/settings/tokens, or name another owner`
    })
  }
  if (status === 404) {
    return new HubError({
      reason: "notFound",
      action,
      found,
      wanted: `a data set "${repository}" that the token may see`,
      remedy: "check owner and name"
    })
  }
  if (status === 409 || status === 412) {
    return new HubError({
      reason: "conflict",
      action,
      found,
      wanted: "the branch as it was",
      remedy: "somebody else is changing it; run the same command again"
    })
  }
  if (status >= 300 && status <= 399) {
    return new HubError({
      reason: "notFound",
      action,
      found: `a redirect to ${pathOf(reply.header("location"), endpoint)}`,
      wanted: "the data set itself",
      remedy: "it was moved or the endpoint is another; name the new place"
    })
  }
  return new HubError({
    reason: "refused",
    action,
    found,
    wanted: "status 200",
    remedy: "do what the hub says, then run it again"
  })
}

/** Where a redirect leads, without the query, which may hold a signature. */
const pathOf = (location: string | undefined, endpoint: string): string => {
  if (location === undefined || !URL.canParse(location, endpoint)) return "nowhere"
  const { origin, pathname } = new URL(location, endpoint)
  return origin + pathname
}

const saidBy = ({ header, text }: HubReply): string => {
  const named = header("x-error-message")
  if (named !== undefined) return named
  const [, inJson] = /"(?:error|message)"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? []
  // The expression lets only a JSON string through, but not only valid escapes.
  return (inJson === undefined ? text : inJson.slice(1, -1)).replaceAll(/\s+/g, " ").trim()
}
