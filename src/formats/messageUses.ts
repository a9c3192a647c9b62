import type { MessageUses, Preference } from "./Format.ts"
import { usesTools } from "./Messages.ts"

/** Says whether the messages of a record use tools, and whether one that is no answer of a tool names who speaks. */
export const messageUses = ({ candidates, context }: Preference): MessageUses => {
  const uses = { tools: false, names: false }
  const see = (messages: Preference["context"]) => {
    for (const message of messages) {
      if (usesTools(message)) uses.tools = true
      if (message.name !== null && message.role !== "tool") uses.names = true
    }
  }
  see(context)
  for (const { messages } of candidates) see(messages)
  return uses
}
