/** An error body of Supabase Auth. */
export const authError = (code: number, error_code: string, msg: string) => ({ code, error_code, msg })
