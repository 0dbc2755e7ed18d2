import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/** What signs the requests to a webhook, as Standard Webhooks writes it. Only `secret` is shown, once. */
export type WebhookKeys = {
  /** `whsec_`, symmetric: 32 random bytes. */
  secret: string
  /** `whsk_`, ed25519: 32 bytes of the seed and 32 of the public key. */
  privateKey: string
  /** `whpk_`, ed25519. */
  publicKey: string
}

const generate = promisify(generateKeyPair)
const bytesOf = (base64url: string | undefined): Buffer => Buffer.from(base64url ?? '', 'base64url')

export const createKeys = async (): Promise<WebhookKeys> => {
  const pair = await generate('ed25519')
  const { d, x } = pair.privateKey.export({ format: 'jwk' })
  return {
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    privateKey: `whsk_${Buffer.concat([bytesOf(d), bytesOf(x)]).toString('base64')}`,
    publicKey: `whpk_${bytesOf(x).toString('base64')}`,
  }
}
