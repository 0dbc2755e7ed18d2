import { createHash, randomUUID } from 'node:crypto'
import { createClient } from '@recto/client'
import { type Outcome, outcomeOf } from './outcome.ts'

/** The text that `npm start` makes cards of: facts about the history of the page, written for Recto. */
export const sampleText = `The two sides of a leaf in a book have names: the front is called the recto, and the back is called the verso. In a book that is read from left to right, the recto is always the page on the right.

Paper was known in China for more than a thousand years before it reached Europe. The court official Cai Lun described a way to make it from bark, hemp and old fishing nets in the year 105. Paper mills were working in Baghdad by the end of the eighth century, and in Spain by the twelfth.

Johannes Gutenberg finished his Latin Bible in Mainz around 1455. Most of its pages carry 42 lines of type in two columns, so it is known as the 42-line Bible. Its two volumes hold 1,286 pages, and about 180 copies were made. The metal for its type was an alloy of lead, tin and antimony, which melts at a low temperature and hardens within seconds.

In 1501 Aldus Manutius of Venice published an edition of Virgil in a small format that could be held in one hand. It was the first book set entirely in italic type, which was cut for him by Francesco Griffo. The semicolon was first printed in his edition of De Aetna by Pietro Bembo, which appeared in 1496.

The steam-powered press of Friedrich Koenig printed an issue of The Times in London for the first time on 29 November 1814. It produced 1,100 sheets an hour, while a hand press made about 240. In the 1840s Friedrich Gottlob Keller and Charles Fenerty each found a way to make paper from ground wood instead of rags.
`

/**
 * Takes the sample text through the API. The idempotency key depends on the text and the provider only, so later starts
 * show the cards of the first one and cost nothing. A generation that failed is followed by a new one.
 */
export const runSample = async (apiUrl: string, token: string, provider: string): Promise<Outcome> => {
  const recto = createClient({ url: apiUrl, getToken: () => token })
  const key = `sample-${createHash('sha256').update(provider).update(sampleText).digest('hex').slice(0, 16)}`
  const first = await outcomeOf(recto.generate(sampleText, { idempotencyKey: key }))
  return first.generation.status === 'succeeded'
    ? first
    : outcomeOf(recto.generate(sampleText, { idempotencyKey: `sample-${randomUUID()}` }))
}
