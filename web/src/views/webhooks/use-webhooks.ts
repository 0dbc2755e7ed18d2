import type { RequestOptions, Webhook, WebhookDeliveryWithAttempts } from '@recto/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'

const root = 'ai/webhooks'

/** The webhooks of the account. `not_an_admin` for other members of a team. */
export const useWebhooks = () => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['webhooks', 'list'],
    queryFn: ({ signal }) => recto.request<{ data: Webhook[] }>(root, { signal }),
  })
}

export const useWebhook = (id: string) => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['webhooks', id],
    queryFn: ({ signal }) => recto.request<Webhook>(`${root}/${encodeURIComponent(id)}`, { signal }),
  })
}

export const deliveriesPath = (id: string, status: string): string =>
  `${root}/${encodeURIComponent(id)}/deliveries${status && `?status=${status}`}`

/** One delivery with its attempts. */
export const useDelivery = (id: string, deliveryId: string) => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['webhooks', id, 'delivery', deliveryId],
    queryFn: ({ signal }) =>
      recto.request<WebhookDeliveryWithAttempts>(`${root}/${id}/deliveries/${deliveryId}`, { signal }),
  })
}

/**
 * Changes something of webhooks by the API, and reads them again, also when it failed: the answer alone may be lost. `path`
 * is what follows `webhooks`. A POST is sent once, because it would do its work twice.
 */
export const useWebhookCall = () => {
  const { recto } = usePerson()
  const queries = useQueryClient()
  return async <Body>(path: string, options: RequestOptions): Promise<Body> => {
    const repeatable = options.method !== 'POST'
    try {
      return await recto.request<Body>(root + path, { ...options, repeatable })
    } finally {
      void queries.invalidateQueries({ queryKey: ['webhooks'] })
    }
  }
}
