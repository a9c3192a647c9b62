import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { noting, reject, Rejection, separate } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { splitTurns } from "../segments/splitTurns.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Completion, Message, Request } from "../services/Provider.ts"
import { each } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"
import { spentOnThinking } from "./spentOnThinking.ts"

/** One side of the conversation. */
export interface Role {
  /** The system prompt: who speaks, what it knows, what it wants. */
  readonly system: string
  /** Default: the provider's own model. */
  readonly model?: string
}

/** Who talks with whom, and for how long. */
export interface RolePlayOptions {
  /** The simulated user. */
  readonly user: Role
  /** The assistant. Default: no system prompt, the provider's own model. */
  readonly assistant?: Partial<Role>
  /** Turns that are added, of either side; who has not spoken last is next. */
  readonly turns: number
  /** Conversations that are played from each candidate. Default 1. */
  readonly n?: number
  /** Which candidates are played on. Default: those from which no other was made. */
  readonly where?: (candidate: Candidate) => boolean
  /** Ends a conversation behind a turn, for instance when the user has decided. Default: never. */
  readonly until?: (said: string, role: "user" | "assistant") => boolean
  /** Default 1. */
  readonly temperature?: number
  /** Tokens of a turn. Default 512. */
  readonly maxTokens?: number
}

/**
 * Plays conversations on from candidates, with a simulated user.
 *
 * A candidate is the assistant's first turn after the prompt, or a conversation that was played before; its text goes on in the new
 * candidate as a transcript ("User: …", "Assistant: …", as `splitTurns` reads it) of kind "dialogue" and operation "rolePlay". So what several conversations
 * have in common is the text of their parent. Who has not spoken last is next: `turns: 1` asks the user what it says to an answer, and behind
 * that `turns: 1, n: 2` draws two replies in the same state. The feature `turns` counts what was added. An empty turn or one
 * cut off ends its conversation, which is noted in the rejects and leaves no candidate. Costs `turns` × `n` calls a candidate.
 */
export const rolePlay = (options: RolePlayOptions) => {
  const { maxTokens = 512, n = 1, temperature = 1, turns } = options
  for (const [limit, value] of Object.entries({ turns, n })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot play roles: found ${limit} ${value}, expected a positive integer`)
    }
  }
  return each({
    name: "rolePlay",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    gives: Candidates,
    config: {
      ...options,
      user: { model: null, ...options.user },
      assistant: { model: null, ...options.assistant },
      where: options.where === undefined ? "leaves" : String(options.where),
      until: options.until === undefined ? "never" : String(options.until)
    },
    callsPerRow: `${turns} × ${n} × candidates`,
    row: (row, { key, seed }) => {
      const parents = new Set(row.candidates.map(({ parentId }) => parentId))
      const where = options.where ?? (({ id }) => !parents.has(id))
      const starts = row.candidates
        .filter((candidate) => candidate.text.trim() !== "" && where(candidate))
        .flatMap((parent) => Array.from({ length: n }, (_, sample) => ({ parent, sample })))
      if (starts.length === 0) {
        return Effect.succeed(noting({ candidates: row.candidates }, [reject("rolePlay: nothing to play on")]))
      }
      const play = Effect.fnUntraced(function* ({ parent, sample }: (typeof starts)[number]) {
        const service = yield* LanguageModel
        let text = parent.text
        let last: Completion | undefined
        let nSaid = 0
        while (nSaid < turns) {
          const role = splitTurns(text).at(-1)?.kind === "user" ? "assistant" : "user"
          const speaker: Partial<Role> = role === "user" ? options.user : (options.assistant ?? {})
          const request: Request = {
            task: { kind: "generate", prompt: row.prompt, persona: role },
            messages: messagesFor(role, row.prompt, text, speaker.system),
            model: speaker.model ?? null,
            sampleIndex: sample,
            temperature,
            maxTokens,
            seed: seed + sample
          }
          const said: Completion = yield* service.complete(request)
          const words = ownWords(said.text)
          if (words === "" || said.finishReason === "length") {
            const advice = spentOnThinking(said)
            const reason = words === "" ? "no text" : "cut off"
            return yield* refuseAnswer(
              request,
              reject(reason, [`turn ${nSaid + 1}, of the ${role}`, ...(advice === null ? [] : [advice])].join(": "))
            )
          }
          text = `${text.trimEnd()}\n\n${role === "user" ? "User" : "Assistant"}: ${words}`
          last = said
          nSaid++
          if (options.until?.(words, role) === true) break
        }
        return {
          ...originalAnswer,
          id: contentId(row.id, key, parent.id, sample, text),
          text,
          kind: "dialogue",
          model: last!.model,
          persona: parent.persona,
          sampleIndex: sample,
          finishReason: last!.finishReason,
          parentId: parent.id,
          operation: "rolePlay",
          sharedPrefix: parent.text.trimEnd().length,
          features: [{ name: "turns", value: nSaid }]
        } satisfies Candidate
      })
      const one = (start: (typeof starts)[number]) =>
        Effect.map(askForRow(play(start)), (made) =>
          made instanceof Rejection ? reject(`rolePlay: ${made.reason}`, made.detail) : made
        )
      return Effect.map(forEachCall(starts, one), (made) => {
        const { kept, rejections } = separate<Candidate>(made)
        return noting({ candidates: [...row.candidates, ...kept] }, rejections)
      })
    }
  })
}

/** The conversation as the next speaker gets it: the assistant as turns, the simulated user as a transcript to go on with. */
const messagesFor = (
  role: "user" | "assistant",
  prompt: string,
  text: string,
  system: string | undefined
): ReadonlyArray<Message> => {
  const front: ReadonlyArray<Message> = system === undefined ? [] : [{ role: "system", content: system }]
  const spoken = splitTurns(text).map(({ end, kind, start }) => ({
    role: kind === "user" ? ("user" as const) : ("assistant" as const),
    content: text.slice(start, end).replace(label, "").trim()
  }))
  if (role === "assistant") return [...front, { role: "user", content: prompt }, ...spoken]
  const transcript = [{ role: "user" as const, content: prompt }, ...spoken]
    .map((turn) => `${turn.role === "user" ? "User" : "Assistant"}: ${turn.content}`)
    .join("\n\n")
  const task = "Below is a conversation. Say what the user says next, in the user's own words and nothing else."
  return [...front, { role: "user", content: `${task}\n\n<conversation>\n${transcript}\n</conversation>` }]
}

/** What a speaker says for itself: up to where it goes on for the other side. */
const ownWords = (text: string): string => {
  const words = text.trim().replace(label, "")
  const [first] = splitTurns(words)
  return words.slice(0, first?.start === 0 ? first.end : (first?.start ?? words.length)).trim()
}

/** What `splitTurns` reads as the opening of a turn. */
const label = /^(?:system|user|human|customer|assistant|tool):/i
