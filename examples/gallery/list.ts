/** Every example of the gallery, in its order: `examples/<name>.ts` or `examples/<name>/main.ts`. */
export const exampleNames: readonly string[] = ['gradient-descent']
