import { randomUUID } from 'node:crypto'

const facts = (name: string): string[] => [
  `The lighthouse of ${name} was built in 1847 by the engineer Clara Whitfield.`,
  `Its lamp burned 12 litres of rapeseed oil in every winter night.`,
  `In 1893 the keepers of ${name} rescued 31 sailors from the brig Northern Star.`,
  `The tower is 42 metres high and stands on a base of grey granite.`,
  `Electric light replaced the oil lamp on the third of May 1921.`,
  `The fog horn can be heard at a distance of 9 kilometres.`,
  `Since 1984 the lighthouse has worked without a keeper.`,
  `A museum in the old engine room shows 260 objects from its history.`,
]

/** A text of facts that contains `marker` and at least `length` code points (1,000 to 10,000). No other test has it. */
export const newText = ({
  marker = randomUUID(),
  length = 1200,
}: {
  marker?: string
  length?: number
} = {}): string => {
  let text = `This text is known as generation-marker: ${marker}.`
  for (let n = 1; text.length < length; n++) text += ` ${facts(`Point ${n}`).join(' ')}`
  return text.slice(0, 10_000)
}
