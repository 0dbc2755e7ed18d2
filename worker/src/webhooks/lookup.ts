import { Resolver, lookup as systemLookup } from 'node:dns/promises'
import { WEBHOOK_DNS_TRY_MS } from '../deadlines.ts'

/** `isListed`: whether the operator's allow list names the host. */
export type LookupOptions = { isListed: boolean; signal: AbortSignal }

/** Finds the addresses of a name. */
export type Lookup = (name: string, options: LookupOptions) => Promise<string[]>

const queryTries = 2

/**
 * Asks the name servers for the addresses of a name. Unlike the system's look-up it occupies no thread, of which a process
 * has four and which the connections to providers need as well, while someone's name server keeps it waiting. It knows
 * neither the machine's hosts file nor its search domains.
 */
const query = async (name: string, signal: AbortSignal): Promise<string[]> => {
  const resolver = new Resolver({ timeout: WEBHOOK_DNS_TRY_MS, tries: queryTries })
  const onAbort = () => resolver.cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason
    return [ipv4, ipv6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []))
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Looks up a person's name in the DNS, and a name of the operator's allow list as the system does it: `localhost` and the
 * names of containers are often found nowhere else.
 * @throws Error with a code of `node:dns`, for example ENOTFOUND
 */
export const lookup: Lookup = async (name, { isListed, signal }) => {
  if (!isListed) return query(name, signal)
  const found = await systemLookup(name, { all: true })
  return found.map(({ address }) => address)
}
