import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** An access token as Supabase Auth signs it with the secret of a self-hosted project. */
export const signToken = (secret: string, domain: string, sub: string): string => {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub, role: 'authenticated', aud: 'authenticated', iss: `https://${domain}/auth/v1` }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, iat: now, exp: now + 3600 })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Calls a public name as somebody elsewhere does: at the server's address, with the certificate checked. */
export const createPublicClient = ({ address, domain, ca }: { address: string; domain: string; ca: string }) => {
  const agent = new Agent({ keepAlive: true, ca, servername: domain })
  /** Resolves when the answer's head is there. */
  const open = (path: string, token: string, body?: unknown): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { host: domain, authorization: `Bearer ${token}`, ...type }
      const method = body === undefined ? 'GET' : 'POST'
      const sent = request({ host: address, path, method, agent, headers }, resolve).once('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  return {
    open,
    call: async (
      path: string,
      token: string,
      body?: unknown,
    ): Promise<{ status: number | undefined; json: unknown }> => {
      const answer = await open(path, token, body)
      return { status: answer.statusCode, json: JSON.parse(await text(answer)) }
    },
    close: () => agent.destroy(),
  }
}
