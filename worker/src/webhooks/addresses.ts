import { parseAddress } from '@recto/shared/webhooks/address'
import { type AllowList, isListed } from '@recto/shared/webhooks/allow-list'
import { type Endpoint, mayDial } from '@recto/shared/webhooks/endpoint-url'
import type { Lookup } from './lookup.ts'
import { codeOf, NotDelivered } from './posted.ts'

/** Of each family. IPv4 comes first. */
const maxDialled = 2

/** More than any service has. An answer of the DNS can have thousands. */
const maxAddresses = 100

export type JudgeOptions = { allow: AllowList; lookup: Lookup; signal: AbortSignal }

/** The addresses of a host, as the look-up writes them. A host that is an address is its own. */
const find = async (endpoint: Endpoint, { allow, lookup, signal }: JudgeOptions): Promise<string[]> => {
  if (parseAddress(endpoint.host) !== null) return [endpoint.host]
  const over = new Promise<never>((_, reject) => signal.addEventListener('abort', reject, { once: true }))
  try {
    return await Promise.race([lookup(endpoint.host, { isListed: isListed(allow, endpoint), signal }), over])
  } catch (error) {
    throw new NotDelivered('dns', `the host was not found (${codeOf(error)})`)
  }
}

/**
 * The addresses that a delivery may dial, in canonical form. One address that may not be dialled rejects the host with
 * all of its others: no real endpoint has such an address, and so the result does not depend on the order of records.
 * @throws NotDelivered
 */
export const judgedAddresses = async (endpoint: Endpoint, options: JudgeOptions): Promise<string[]> => {
  const found = await find(endpoint, options)
  if (found.length === 0) throw new NotDelivered('dns', 'the host has no address')
  if (found.length > maxAddresses) throw new NotDelivered('dns', `the host has more than ${maxAddresses} addresses`)
  const addresses = found.map(parseAddress).filter((address) => address !== null)
  const judged = addresses.filter((address) => mayDial(endpoint, address, options.allow))
  if (judged.length < found.length) {
    throw new NotDelivered('blocked_address', 'the host has an address that is not allowed')
  }
  const ofFamily = (family: 'ipv4' | 'ipv6') => judged.filter((address) => address.kind() === family)
  return [...ofFamily('ipv4').slice(0, maxDialled), ...ofFamily('ipv6').slice(0, maxDialled)].map(String)
}
