const placeholders = ['dummy', 'test', 'placeholder']

/** The placeholders in words, for messages. */
export const placeholderNames = 'dummy, test or placeholder'

/**
 * Whether a text stands where a provider's key belongs but is none. `npm start` answers such a key with its local model
 * server. A worker refuses it.
 */
export const isPlaceholderKey = (text: string): boolean => placeholders.includes(text.trim().toLowerCase())
