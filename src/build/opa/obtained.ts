/** A program that was made, or why there is none, as the end of a sentence. */
export type Obtained = { readonly file: string } | { readonly failure: string };
