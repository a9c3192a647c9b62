import type { ColumnType } from "../Columns.ts"
import { splitConversations } from "./Conversations.ts"
import { type Format, FormatFlaw, type Row } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { type Messages, readMessages } from "./Messages.ts"
import { withoutToolIds } from "./llamafactorySharegpt.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { showsTools, textType } from "./PlainTexts.ts"
import { callJson } from "./ShareGptTurns.ts"
import { pairNames } from "./SideColumns.ts"

const columns = ["chosen_messages", "rejected_messages"] as const
const wanted = { chosen_messages: "turns", rejected_messages: "turns" } as const
const parts = [
  { part: "prompt", column: columns[0] },
  { part: "chosen", column: columns[0] },
  { part: "rejected", column: columns[1] }
] as const

/**
 * LLaMA-Factory v1 pairs: `chosen_messages` and `rejected_messages`, whole conversations whose content is a list of blocks.
 *
 * `loss_weight` is not read; written is 0 for the history and 1 for the reply, as in the demo files. Calls of tools are blocks of the type
 * `tool_call` with JSON text, without their ids, and names of tools are not held.
 *
 * Source: https://github.com/hiyouga/LLaMA-Factory, `src/llamafactory/v1/plugins/data_plugins/converter.py`
 */
export const llamafactoryV1: Format = {
  name: "llamafactory-v1",
  about: "LLaMA-Factory v1 pairs of whole conversations",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) return otherColumns(look, `"${columns.join('" and "')}" with messages`)
    return pairReader(look, {
      style: "messages",
      parts,
      hasToolCalls: showsTools(look, columns),
      names: pairNames,
      texts: (row) => {
        const chosen = readMessages(row[columns[0]], columns[0])
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = readMessages(row[columns[1]], columns[1])
        return rejected instanceof FormatFlaw ? rejected : splitConversations(chosen, rejected, columns)
      }
    })
  },
  writer: (holding) =>
    withoutToolIds(
      holding,
      pairWriter(holding, {
        columns: columns.map((name) => ({ name, type: blockTurns })),
        parts,
        names: pairNames,
        // A row with messages of its own is one of fine-tuning there, whatever else it has.
        reserved: ["messages"],
        texts: ({ chosen, context, rejected }) =>
          promptFlaw(context, columns[0]) ?? {
            chosen_messages: blocksOf(context, chosen),
            rejected_messages: blocksOf(context, rejected)
          }
      })
    )
}

const blockTurns: ColumnType = {
  kind: "list",
  nullable: false,
  element: {
    kind: "struct",
    nullable: false,
    fields: [
      { name: "role", type: textType },
      {
        name: "content",
        type: {
          kind: "list",
          nullable: false,
          element: {
            kind: "struct",
            nullable: false,
            fields: [
              { name: "type", type: textType },
              { name: "value", type: textType }
            ]
          }
        }
      },
      { name: "loss_weight", type: { kind: "float", nullable: false, finite: true } }
    ]
  }
}

const blocksOf = (context: Messages, reply: Messages): ReadonlyArray<Row> =>
  [...context, ...reply].map(({ content, role, toolCalls }, i) => ({
    role,
    content: [
      ...(content === null ? [] : [{ type: "text", value: content }]),
      ...toolCalls.map((call) => ({ type: "tool_call", value: callJson(call) }))
    ],
    loss_weight: i < context.length ? 0 : 1
  }))
