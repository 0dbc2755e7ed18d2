import { HOME } from '@recto/shared/cells'
import type { AppError } from '@recto/shared/errors'
import { toAppError } from '../http/problems.ts'
import type { Directory, Place } from './directory.ts'
import type { ForwardBindings } from './forward-bindings.ts'
import { retryLater } from './forward-refusal.ts'
import type { PlaceOfNewcomer } from './newcomers.ts'
import { personOf } from './person-of.ts'

/** The `fetch` of an app. `env`: what the server knows of the connection. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

type ForwardDeps = {
  home: Fetch
  /** The cells beside the home cell, by their names. */
  others: ReadonlyMap<string, Fetch>
  directory: Pick<Directory, 'isFollowed' | 'placeOf'>
  placeOfNewcomer: PlaceOfNewcomer
}

/**
 * Forwards each request to the cell of its person, where all accounts of that person live. A request without a person, or
 * about none, belongs to the home cell.
 */
export const createForward = ({ home, others, directory, placeOfNewcomer }: ForwardDeps): Fetch => {
  const refuse = (request: Request, env: object, refusal: AppError) => {
    const bindings: ForwardBindings = { refusal }
    return home(request, { ...env, ...bindings })
  }
  const forwardTo = (request: Request, env: object, { cell, moving }: Pick<Place, 'cell' | 'moving'>) => {
    if (moving) return refuse(request, env, retryLater('account_moving'))
    const serve = cell === HOME ? home : others.get(cell)
    if (!serve) return refuse(request, env, retryLater('database_unavailable'))
    const bindings: ForwardBindings = { cell }
    return serve(request, { ...env, ...bindings })
  }
  return (request, env) => {
    const person = new URL(request.url).pathname.startsWith('/api/') ? personOf(request) : undefined
    if (person === undefined) return home(request, env)
    const place = directory.isFollowed ? directory.placeOf(person) : undefined
    if (place?.introduced) return forwardTo(request, env, place)
    return placeOfNewcomer(request).then(
      (found) => forwardTo(request, env, found),
      (error: unknown) => refuse(request, env, toAppError(error)),
    )
  }
}
