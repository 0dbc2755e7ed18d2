/**
 * Whether the claims of the project name the person an operator. Only decides what is shown: the API decides by the token.
 * `user_metadata` says nothing, because everybody writes their own.
 */
export const isOperator = (appMetadata: Record<string, unknown>): boolean => appMetadata.recto_role === 'operator'
