import { routes } from '../router/routes.ts'
import { isOperator } from '../session/operator.ts'
import { usePerson } from '../session/person.tsx'

/** The views that the person has. */
export const useRoutes = () => {
  const { appMetadata } = usePerson()
  return routes.filter(({ only }) => only !== 'operator' || isOperator(appMetadata))
}
