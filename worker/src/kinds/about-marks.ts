/** The sentence of a prompt about the placeholders that stand for personal values. */
export const aboutMarks =
  'Marks in brackets such as [EMAIL_1] or [PHONE_2] stand for values. Copy them unchanged, brackets included.'
