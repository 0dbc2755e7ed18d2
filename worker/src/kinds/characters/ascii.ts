const beyondAscii = /[^\0-\u007f]/

/** Whether a text is plain ASCII, which needs no Unicode tables to be compared or counted. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text)
