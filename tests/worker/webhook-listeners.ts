import { until } from '@recto/local/until'
import type { TestPerson } from '../support/person.ts'
import type { Receiver } from '../support/receiver.ts'
import type { System } from '../support/system.ts'
import { call } from '../support/team.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

/** People with webhooks at a receiver, and what became of what was sent to them. */
export const createListeners = (system: System, receiver: Receiver) => {
  const rows = async (text: string, values: unknown[]) => (await system.admin.query(text, values)).rows
  const deliveries = (endpoint: string) =>
    rows('select * from public.webhook_deliveries where endpoint_id = $1 order by created_at', [endpoint])
  return {
    rows,
    deliveries,
    attempts: (delivery: string) =>
      rows('select * from public.webhook_attempts where delivery_id = $1 order by number', [delivery]),
    webhook: async (id: string) => (await rows('select * from public.webhook_endpoints where id = $1', [id]))[0],
    arrived: (path: string, count: number) =>
      until(() => receiver.at(path).length >= count, { what: `${count} requests to ${path}`, timeoutMs: 30_000 }),
    attempted: (endpoint: string, count: number) =>
      until(async () => (await deliveries(endpoint)).some((one) => one.attempts >= count), {
        what: `${count} attempts`,
        timeoutMs: 30_000,
      }),
    /** A person with a webhook at a path of their own. */
    listener: async (keys = newKeys()) => {
      const person = await system.person()
      const path = `/${person.id}`
      const endpoint = await addWebhook(system, person.id, person.id, { url: `${receiver.url}${path}`, keys })
      return { person, path, endpoint, keys }
    },
    sendTest: (person: TestPerson, endpoint: string) =>
      call(system, person.id, 'recto.send_webhook_test($1)', [endpoint]),
    /** Makes what waits for its next try due at once. */
    hurry: (endpoint: string) =>
      system.admin.query(
        'update public.webhook_deliveries set due_at = now() where endpoint_id = $1 and due_at is not null',
        [endpoint],
      ),
  }
}

export type Listeners = ReturnType<typeof createListeners>
