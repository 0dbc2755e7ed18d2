const longestRepeated = 150

/** The answer to a message without a task. It repeats the message, so that a person sees that it arrived at `who`. */
export const repeatMessage = (text: string, who: string): string => {
  const characters = [...text]
  const repeated = characters.length > longestRepeated ? `${characters.slice(0, longestRepeated).join('')} …` : text
  return `${who} got the message “${repeated}”. It is no language model, but it can be reached.`
}
