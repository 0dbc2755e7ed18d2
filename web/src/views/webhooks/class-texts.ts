import { defineTexts } from '../../i18n/define-texts.ts'

/** Why a request to a webhook failed, by the `class` of its attempt (docs/webhooks.md). */
export const classTexts = defineTexts(
  {
    blocked_url: 'No webhook may have this URL.',
    blocked_address: 'The host has an address that is not allowed.',
    dns: 'The host was not found.',
    connection: 'No connection, or an answer that is no HTTP.',
    tls: 'No encryption, or no valid certificate.',
    timeout: 'No answer within 10 seconds.',
    redirect: 'It answered with a redirect, which is not followed.',
    http_status: 'It answered with a status that is not 2xx.',
  },
  {
    blocked_url: 'Webhook nie może mieć takiego adresu URL.',
    blocked_address: 'Serwer ma niedozwolony adres.',
    dns: 'Nie znaleziono serwera.',
    connection: 'Brak połączenia albo odpowiedź, która nie jest HTTP.',
    tls: 'Brak szyfrowania albo ważnego certyfikatu.',
    timeout: 'Brak odpowiedzi w ciągu 10 sekund.',
    redirect: 'Odpowiedział przekierowaniem, którego nie wykonujemy.',
    http_status: 'Odpowiedział statusem innym niż 2xx.',
  },
)
