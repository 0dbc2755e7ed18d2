import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { z } from 'zod'
import { startInSteps } from '../support/start-in-steps.ts'
import { newText } from '../support/text.ts'
import { startDockerServer } from './docker-server.ts'
import { startPublicSites } from './internet.ts'
import { createPublicClient, signToken } from './public-client.ts'
import { writeRepository } from './repository.ts'
import { buildStandIns } from './stand-in-images.ts'

const names = {
  certificates: 'acme-v02.api.letsencrypt.org',
  supabase: 'abcdefghijklmnopqrst.supabase.co',
  pooler: 'aws-0-eu-central-1.pooler.supabase.com',
  models: 'openrouter.ai',
}
export const compose = 'docker compose -f /opt/recto/deploy/compose.prod.yaml'

/** What a reader of the guide writes into .env, but for the publishable key. */
export const newSettings = (domain: string) => ({
  RECTO_DOMAIN: domain,
  SUPABASE_JWT_SECRET: randomBytes(24).toString('hex'),
  RECTO_API_PASSWORD: randomBytes(24).toString('hex'),
  RECTO_WORKER_PASSWORD: randomBytes(24).toString('hex'),
  POSTGRES_PASSWORD: randomBytes(24).toString('hex'),
  OPENROUTER_API_KEY: 'sk-or-v1-guide',
})

/**
 * Starts a server with Docker and all images that stand in, a repository at /srv/recto.git, and what stands for the
 * internet. Nothing of Recto runs on it yet.
 */
export const startComposeServer = (domain: string, secret: string) =>
  startInSteps(async (onStop) => {
    const folder = mkdtempSync(join(tmpdir(), 'recto-compose-'))
    onStop(() => rmSync(folder, { recursive: true, force: true }))
    const model = await startModelServer({})
    onStop(model.stop)
    const server = await startDockerServer(Object.values(names), domain, { 'srv/recto.git': writeRepository(folder) })
    onStop(server.stop)
    const sites = await startPublicSites({
      host: server.outside,
      names,
      upstreams: { supabase: model.url, models: model.url },
      domain: { name: domain, address: server.address },
    })
    onStop(sites.stop)
    const path = '/usr/local/share/ca-certificates/internet.crt'
    await server.run(`cat > ${path} <<'END'\n${sites.authority}END\nupdate-ca-certificates`)
    await buildStandIns(server, sites.authority)
    const client = createPublicClient({ address: server.address, domain, ca: sites.authority })
    onStop(client.close)

    /** Carries out a command on the server. @throws Error with its output when it fails */
    const must = async (command: string): Promise<string> => {
      const { status, output } = await server.run(command)
      if (status !== 0) throw new Error(`${command}\n${output.slice(-4_000)}`)
      return output.trimEnd()
    }
    const query = (sql: string) => must(`${compose} exec -T db psql -U supabase_admin -d postgres -Atqc "${sql}"`)
    return {
      server,
      client,
      must,
      query,
      /** Adds a person, and answers a token of theirs. */
      addPerson: async (email: string): Promise<string> => {
        const id = randomUUID()
        await query(`insert into auth.users (id, email) values ('${id}', '${email}')`)
        return signToken(secret, domain, id)
      },
      submit: async (token: string): Promise<string> => {
        const { status, json } = await client.call('/api/ai/generations', token, { source_text: newText() })
        if (status !== 202) throw new Error(JSON.stringify(json))
        return z.object({ generation_id: z.string() }).parse(json).generation_id
      },
      succeeds: (token: string, id: string): Promise<void> => {
        const succeeded = async () => {
          const { json } = await client.call(`/api/ai/generations/${id}?wait=10`, token)
          return z.object({ status: z.string() }).parse(json).status === 'succeeded'
        }
        return until(succeeded, { what: 'the cards', timeoutMs: 120_000 })
      },
      becomesHealthy: (service: string): Promise<void> => {
        const healthy = async () =>
          (await server.run(`${compose} ps --format '{{.Health}}' ${service}`)).output.trim() === 'healthy'
        return until(healthy, { what: `the health of ${service}`, timeoutMs: 120_000 })
      },
    }
  })
