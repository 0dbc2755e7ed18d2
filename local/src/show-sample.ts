import { createHash, randomUUID } from 'node:crypto'
import { createRectoClient, type Outcome } from './recto-client.ts'
import { sampleText } from './sample.ts'

/**
 * Takes the sample text through the API. The key is the text's and the provider's, so that later starts show the cards
 * kept from the first one, and neither use up a limit nor pay a model again; only a run that failed is made anew.
 */
export const runSample = async (apiUrl: string, token: string, provider: string): Promise<Outcome> => {
  const recto = createRectoClient(apiUrl, token)
  const key = `sample-${createHash('sha256').update(provider).update(sampleText).digest('hex').slice(0, 16)}`
  const first = await recto.outcome(await recto.submit(sampleText, key))
  return first.generation.status === 'succeeded'
    ? first
    : recto.outcome(await recto.submit(sampleText, `sample-${randomUUID()}`))
}
