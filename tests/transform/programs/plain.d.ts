// oxlint-disable typescript/consistent-type-imports -- with an import this would be a module, which cannot declare others
/** The same modules, which the test runner does not transform when their names end so. */
declare module '*/beam-search.ts?plain' {
  export const likeliestSequence: typeof import('./beam-search.ts').likeliestSequence
}
declare module '*/newton.ts?plain' {
  export const squareRoot: typeof import('./newton.ts').squareRoot
}
declare module '*/ode.ts?plain' {
  export const integrate: typeof import('./ode.ts').integrate
}
declare module '*/power-iteration.ts?plain' {
  export const dominantEigenvector: typeof import('./power-iteration.ts').dominantEigenvector
}
declare module '*/statements.ts?plain' {
  const statements: typeof import('./statements.ts')
  export = statements
}
