import { Prompt } from "../../schemas/Prompt.ts"
import { PromptOrigin, PromptVariants } from "../../schemas/PromptVariant.ts"
import { reject } from "../Rejects.ts"
import { reshape } from "../Stage.ts"

/**
 * Turns the versions of a prompt into prompts of their own, which name the one they were made of.
 *
 * The prompt itself stays in front of them unless `original` is false. What else the row had ends here, because it was said about
 * another prompt. `reference` is kept with the operations named in `sameAnswer` (default "vary" alone), and null with all others. A row
 * of which nothing comes is a reject. Costs no call.
 */
export const spreadVariants = (
  options: { readonly original?: boolean; readonly sameAnswer?: ReadonlyArray<string> } = {}
) => {
  const { original = true, sameAnswer = ["vary"] } = options
  return reshape({
    name: "spreadVariants",
    needs: { ...Prompt, ...PromptVariants },
    uses: PromptOrigin,
    gives: { ...Prompt, ...PromptOrigin },
    keeps: false,
    config: { original, sameAnswer },
    row: (row) => {
      const { domain, id, parentPromptId = null, prompt, promptOperation = null, reference } = row
      const self = original ? [{ id, domain, prompt, reference, parentPromptId, promptOperation }] : []
      const variants = row.promptVariants.map((variant) => ({
        id: variant.id,
        domain,
        prompt: variant.prompt,
        reference: sameAnswer.includes(variant.operation) ? reference : null,
        parentPromptId: id,
        promptOperation: variant.operation
      }))
      const rows = [...self, ...variants]
      return rows.length === 0 ? [reject("no variant", "the prompt has no other version")] : rows
    }
  })
}
