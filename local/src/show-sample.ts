import { createHash, randomUUID } from 'node:crypto'
import { createRectoClient, type Outcome } from './recto-client.ts'
import { sampleText } from './sample.ts'

/**
 * Takes the sample text through the API. Its key is the text's, so that every later start shows the cards of the first
 * one, kept in the database, and neither uses up a limit nor pays a model again; only a run that failed is made anew.
 */
export const runSample = async (apiUrl: string, token: string): Promise<Outcome> => {
  const recto = createRectoClient(apiUrl, token)
  const key = `sample-${createHash('sha256').update(sampleText).digest('hex').slice(0, 16)}`
  const first = await recto.outcome(await recto.submit(sampleText, key))
  return first.generation.status === 'succeeded'
    ? first
    : recto.outcome(await recto.submit(sampleText, `sample-${randomUUID()}`))
}
