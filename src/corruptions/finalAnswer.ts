const marked = /\b(?:final answer|the answer is|answer)\b\s*(?:is\b)?\s*[:=]?\s*\**\s*([^\n]+)/giu
const number = /[-−]?\d[\d,]*(?:\.\d+)?(?:\/\d+)?%?/gu

/**
 * Reads the final answer off a text: what stands in the last `\boxed{…}`, else in the last `<answer>…</answer>`, else behind the last
 * "answer:" or "the answer is", else the last number; null where there is none of these.
 *
 * A full stop at the end and emphasis are taken off; braces inside a box may nest.
 */
export const finalAnswer = (text: string): string | null => {
  const found =
    boxed(text) ??
    [...text.matchAll(/<answer>([^]*?)<\/answer>/g)].at(-1)?.[1] ??
    [...text.matchAll(marked)].at(-1)?.[1] ??
    [...text.matchAll(number)].at(-1)?.[0]
  const answer = found?.trim().replace(/[.\s*]+$/u, "")
  return answer === undefined || answer === "" ? null : answer
}

const boxed = (text: string): string | undefined => {
  const at = text.lastIndexOf("\\boxed{")
  if (at < 0) return undefined
  const start = at + "\\boxed{".length
  for (let end = start, depth = 1; end < text.length; end++) {
    if (text[end] === "{") depth++
    else if (text[end] === "}" && --depth === 0) return text.slice(start, end)
  }
  return undefined
}
