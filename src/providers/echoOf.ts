/** Characters from which on a text that is repeated is an echo: a model may well say a shorter one again. */
const shortest = 8

/**
 * How many characters at the start of an answer repeat the text that the model was to go on from, 0 where there is none to see.
 *
 * Some servers give the text back with what follows it (Mistral's, llama.cpp's with `echo`), without the white space at its end where their
 * template trims that. Texts of fewer than eight characters are left: that the model said them again is as likely.
 */
export const echoOf = (prefix: string, answer: string): number => {
  const trimmed = prefix.trimEnd()
  if (trimmed.trimStart().length < shortest) return 0
  if (answer.startsWith(prefix)) return prefix.length
  return answer.startsWith(trimmed) ? trimmed.length : 0
}
