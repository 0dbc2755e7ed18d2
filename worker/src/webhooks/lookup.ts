import { Resolver, lookup as systemLookup } from 'node:dns/promises'
import { WEBHOOK_DNS_TRY_MS } from '../deadlines.ts'

/** `isListed`: whether the operator's allow list names the host. */
export type LookupOptions = { isListed: boolean; signal: AbortSignal }

/** Finds the addresses of a name. */
export type Lookup = (name: string, options: LookupOptions) => Promise<string[]>

const tries = 2

/** `servers`: addresses of name servers in place of the machine's own. */
export type LookupDeps = { servers?: string[] }

/**
 * Asks the name servers for the addresses of a name. Unlike the system's look-up it takes no thread: a process has few of
 * them, so that a slow name server of somebody would keep the connections to providers waiting. It uses neither the
 * machine's hosts file nor its search domains.
 */
const query = async (name: string, { servers }: LookupDeps, signal: AbortSignal): Promise<string[]> => {
  const resolver = new Resolver({ timeout: WEBHOOK_DNS_TRY_MS, tries })
  if (servers) resolver.setServers(servers)
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
 * Looks up names of people in the DNS, and names of the operator's allow list as the system does: `localhost` and the
 * names of containers are often known nowhere else. The look-up rejects with an error that has a code of `node:dns`, for
 * example ENOTFOUND.
 */
export const createLookup =
  (deps: LookupDeps = {}): Lookup =>
  async (name, { isListed, signal }) => {
    if (!isListed) return query(name, deps, signal)
    const found = await systemLookup(name, { all: true })
    return found.map(({ address }) => address)
  }
